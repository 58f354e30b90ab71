import type { RandomBytes } from '@chroom/signalling';
import { Room } from '@livekit/protocol';
import type { Logger } from '@nestjs/common';
import type { AccessTokens } from '../../access/access-tokens.port.js';
import type { Clock } from '../../clock/clock.js';
import type { RoomClaim } from '../../ownership/room-ownership.port.js';
import type { Allocation } from '../../placement/placement.port.js';
import type { RoomKey } from '../live-rooms.port.js';
import type { RoomEvent, RoomEventName, RoomEvents } from '../room-events.js';
import type { RoomSettings } from '../room-settings.js';
import type { CancelTimer, Timers } from '../timers.js';
import { WorkQueue } from '../work-queue.js';
import type { DepartedParticipants } from './departed-participants.js';
import type { NonceMemory } from './nonce-memory.js';
import type { Participant } from './participant.js';

/** Whoever keeps the list of rooms. */
export interface RoomRegistry {
  /** The room is over: give back its node and its name. */
  ended(room: LiveRoom): Promise<void>;
  /** The room belongs to another orchestrator now: only forget it. */
  lost(room: LiveRoom): void;
}

/** What the rooms' use cases need from outside. */
export interface RoomContext {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomBytes;
  readonly settings: RoomSettings;
  readonly tokens: AccessTokens;
  readonly events: RoomEvents;
  readonly log: Pick<Logger, 'log' | 'warn' | 'error'>;
  readonly registry: RoomRegistry;
}

/** More waiting work than this means that the node does not answer; newcomers are refused instead of delayed. */
const maxWaitingWork = 20_000;

/**
 * One room that this orchestrator owns. All changes run in `queue`, one after the other; whoever changes it outside is
 * wrong. `open` false: the room has ended or belongs to somebody else, nothing may be done for it any more.
 */
export class LiveRoom {
  readonly queue: WorkQueue;
  readonly participants = new Map<string, Participant>();
  open = true;
  /** Absent between the loss of a node and the next join. */
  allocation: Allocation | undefined;
  unwatch: () => void = () => {};
  /** The node has seen a newer owner. */
  onFenced: (why: string) => void = () => {};
  emptyTimer: CancelTimer | undefined;
  qualityTimer: CancelTimer | undefined;
  countsTimer: CancelTimer | undefined;

  constructor(
    readonly key: RoomKey,
    readonly sid: string,
    readonly apiKey: string,
    readonly info: Room,
    readonly syncStreams: boolean,
    readonly claim: RoomClaim,
    readonly context: RoomContext,
    readonly departed: DepartedParticipants,
    readonly nonces: NonceMemory,
  ) {
    this.queue = new WorkQueue(`room ${sid}`, maxWaitingWork);
  }

  /** Newest of that identity. */
  byIdentity(identity: string): Participant | undefined {
    for (const participant of this.participants.values()) if (participant.identity === identity) return participant;
    return undefined;
  }

  publisherOf(trackSid: string): Participant | undefined {
    for (const participant of this.participants.values()) if (participant.tracks.has(trackSid)) return participant;
    return undefined;
  }

  others(participant: Participant): Participant[] {
    return [...this.participants.values()].filter((other) => other !== participant);
  }

  /** The room as clients see it. */
  describe(): Room {
    const counted = [...this.participants.values()].filter((participant) => participant.visible);
    const info = this.info.clone();
    info.numParticipants = counted.length;
    info.numPublishers = counted.filter((participant) => participant.tracks.size > 0).length;
    return info;
  }

  /** Work that nobody waits for. A failure is logged; the room lives on. */
  soon(what: string, work: () => Promise<void> | void): void {
    if (!this.open) return;
    this.queue
      .run(async () => {
        if (this.open) await work();
      })
      .catch((error) => this.context.log.warn(`${this.sid} ${what}: ${String(error)}`));
  }

  publishAdmitted(session: string): void {
    const { projectId, roomName } = this.key;
    const nodeId = this.allocation?.node.nodeId ?? 0n;
    const atMs = this.context.clock.nowMs();
    this.context.events.publishFact({
      kind: 'admitted',
      session,
      projectId,
      roomSid: this.sid,
      roomName,
      nodeId,
      atMs,
    });
  }

  publishEnded(session: string): void {
    this.context.events.publishFact({ kind: 'ended', session, atMs: this.context.clock.nowMs() });
  }

  publishEvent(name: RoomEventName, details: Partial<Pick<RoomEvent, 'participant' | 'track'>> = {}): void {
    this.context.events.publish({
      name,
      projectId: this.key.projectId,
      apiKey: this.apiKey,
      atMs: this.context.clock.nowMs(),
      room: this.describe(),
      nodeId: this.allocation?.node.nodeId ?? 0n,
      ...details,
    });
  }
}
