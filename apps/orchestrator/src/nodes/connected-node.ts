import { backoffMs, type Clock, control, fromRpcError, type LivenessState } from '@chroom/protocol';
import { createClient, type Transport } from '@connectrpc/connect';
import type { MediaNode, NodeControlClient, RoomEventsListener } from './media-nodes.port.js';
import type { NodeTarget, NodeTransports } from './node-transports.js';

export interface ConnectedNodeOptions {
  readonly nodeId: bigint;
  readonly region: string;
  readonly target: NodeTarget;
  readonly transports: NodeTransports;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called once, after the listeners of every room were told. The node is then unusable: drop it. */
  readonly onLost: (reason: string) => void;
  readonly onStep: (step: NodeStep) => void;
}

export type NodeStep =
  | { readonly type: 'broken'; readonly reason: string }
  | { readonly type: 'resumed' }
  | { readonly type: 'events-lost'; readonly roomsLost: number }
  | { readonly type: 'listener-failed'; readonly room: string; readonly reason: string };

/** A stream that is broken this long means the node is gone, whatever the registry says. */
export const kBrokenNodeIsLostMs = 10_000;
const kBackoff = { firstMs: 100, longestMs: 1_000 };
const kOpenDeadlineMs = 3_000;
const kProbeDeadlineMs = 2_000;

/**
 * The control API of one node and its event stream. Owns the stream: opens it, resumes it by cursor after a break, hands
 * each event to the listeners of its room, and decides when the node is lost. Never touches media.
 */
export class ConnectedNode implements MediaNode {
  readonly nodeId: bigint;
  readonly region: string;
  private client: NodeControlClient;
  private target: NodeTarget;
  private cursor = 0n;
  private eventsLost = false;
  private brokenSinceMs: number | undefined;
  private registryState: LivenessState | undefined = 'live';
  private readonly rooms = new Map<string, Set<RoomEventsListener>>();
  private readonly stopping = new AbortController();
  private attempt = new AbortController();
  private ended = false;

  constructor(private readonly options: ConnectedNodeOptions) {
    this.nodeId = options.nodeId;
    this.region = options.region;
    this.target = options.target;
    this.client = clientOf(options.transports.open(options.target));
  }

  get control(): NodeControlClient {
    return this.client;
  }

  get watchedRooms(): number {
    return this.rooms.size;
  }

  /** Reads where the event stream stands and follows it from there. @throws when the node does not answer now. */
  async open(): Promise<void> {
    const description = await this.client.describeNode({}, { timeoutMs: kOpenDeadlineMs });
    this.cursor = description.newestEvent;
    void this.follow();
  }

  watchRoom(roomSid: string, listener: RoomEventsListener): () => void {
    if (this.ended) {
      queueMicrotask(() => listener.onNodeLost('the node was lost before the room used it'));
      return () => undefined;
    }
    const listeners = this.rooms.get(roomSid) ?? new Set();
    listeners.add(listener);
    this.rooms.set(roomSid, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.rooms.get(roomSid) === listeners) this.rooms.delete(roomSid);
    };
  }

  /** What discovery shows now; undefined: no longer announced. */
  update(target: NodeTarget | undefined, state: LivenessState | undefined): void {
    this.registryState = state;
    if (target !== undefined && !sameTarget(target, this.target)) {
      this.target = target;
      this.client = clientOf(this.options.transports.open(target));
      this.attempt.abort();
    }
    this.judge();
  }

  close(): void {
    this.ended = true;
    this.stopping.abort();
    this.attempt.abort();
    this.rooms.clear();
  }

  private async follow(): Promise<void> {
    let failures = 0;
    while (!this.ended) {
      try {
        await this.followOnce(() => {
          failures = 0;
        });
      } catch (error) {
        if (this.ended) return;
        this.noteBroken(error);
      }
      this.judge();
      await this.options.clock.sleep(backoffMs(kBackoff, failures++, this.options.random), this.stopping.signal);
      if (!this.ended) await this.probe();
    }
  }

  private async followOnce(onProgress: () => void): Promise<void> {
    this.attempt = new AbortController();
    const signal = AbortSignal.any([this.attempt.signal, this.stopping.signal]);
    for await (const event of this.client.watchEvents({ cursor: this.cursor }, { signal, timeoutMs: 0 })) {
      onProgress();
      this.noteResumed();
      if (event.number <= this.cursor) continue;
      this.cursor = event.number;
      this.dispatch(event);
    }
    throw new Error('the node ended the event stream');
  }

  /** Before a stream is opened again: is it there, and is it still the process that we know? */
  private async probe(): Promise<void> {
    try {
      const description = await this.client.describeNode({}, { timeoutMs: kProbeDeadlineMs });
      this.noteResumed();
      const restarted = description.newestEvent < this.cursor;
      const eventsGone = description.newestEvent > this.cursor && description.oldestEvent > this.cursor + 1n;
      if (restarted || eventsGone || this.eventsLost) await this.dropForgottenRooms(description.newestEvent);
    } catch (error) {
      this.noteBroken(error);
      this.judge();
    }
  }

  /** Events are missing. Rooms of which the node has no session any more must start again elsewhere. */
  private async dropForgottenRooms(newestEvent: bigint): Promise<void> {
    const { sessions } = await this.client.listSessions({ room: '' }, { timeoutMs: kProbeDeadlineMs });
    const alive = new Set(sessions.map((session) => session.room));
    const forgotten = [...this.rooms.keys()].filter((room) => !alive.has(room));
    this.cursor = newestEvent;
    this.eventsLost = false;
    this.options.onStep({ type: 'events-lost', roomsLost: forgotten.length });
    for (const room of forgotten) this.loseRoom(room, 'the node was restarted and has no session of the room');
    const aliveSessions = new Set(sessions.map(({ session }) => session));
    for (const [room, listeners] of this.rooms) {
      for (const listener of [...listeners]) this.guard(room, () => listener.onEventsLost(aliveSessions));
    }
  }

  private dispatch(event: control.Event): void {
    for (const listener of [...(this.rooms.get(event.room) ?? [])]) {
      this.guard(event.room, () => listener.onEvent(event));
    }
  }

  private noteBroken(error: unknown): void {
    if (fromRpcError(error)?.code === 'EVENTS_LOST') {
      this.eventsLost = true; // `probe` finds out what is left
      return;
    }
    if (this.attempt.signal.aborted && this.brokenSinceMs === undefined) return; // the node moved: connect again
    if (this.brokenSinceMs !== undefined) return;
    this.brokenSinceMs = this.options.clock.nowMs();
    this.options.onStep({ type: 'broken', reason: error instanceof Error ? error.message : String(error) });
  }

  private noteResumed(): void {
    if (this.brokenSinceMs === undefined) return;
    this.brokenSinceMs = undefined;
    this.options.onStep({ type: 'resumed' });
  }

  /** The node is lost when its stream is broken and the registry agrees, or when the stream is broken for long. */
  private judge(): void {
    if (this.ended || this.brokenSinceMs === undefined) return;
    const brokenMs = this.options.clock.nowMs() - this.brokenSinceMs;
    const registryAgrees = this.registryState === undefined || this.registryState === 'dead';
    if (!registryAgrees && brokenMs < kBrokenNodeIsLostMs) return;
    const why = registryAgrees ? 'the registry lists it as gone' : `nothing was heard for ${brokenMs} ms`;
    const reason = `node ${this.nodeId} is lost: its event stream is broken and ${why}`;
    this.ended = true;
    this.stopping.abort();
    for (const room of [...this.rooms.keys()]) this.loseRoom(room, reason);
    this.options.onLost(reason);
  }

  private loseRoom(room: string, reason: string): void {
    const listeners = [...(this.rooms.get(room) ?? [])];
    this.rooms.delete(room);
    for (const listener of listeners) this.guard(room, () => listener.onNodeLost(reason));
  }

  private guard(room: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.options.onStep({ type: 'listener-failed', room, reason: String(error) });
    }
  }
}

function clientOf(transport: Transport): NodeControlClient {
  return createClient(control.NodeControl, transport);
}

function sameTarget(left: NodeTarget, right: NodeTarget): boolean {
  return left.controlUrl === right.controlUrl && left.tlsSpkiSha256 === right.tlsSpkiSha256;
}
