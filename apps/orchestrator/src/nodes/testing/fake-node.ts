import { create } from '@bufbuild/protobuf';
import { ChroomError, control, type Hex, toRpcError } from '@chroom/protocol';
import { Code, ConnectError, type ConnectRouter, createRouterTransport, type Transport } from '@connectrpc/connect';
import { type NodeTarget, NodeTransports } from '../node-transports.js';
import { deferred } from './deferred.js';

/** A media node's control API in memory: leases against a capacity of sessions, and a numbered event stream. */
export class FakeNode {
  events: control.Event[] = [];
  oldestKept = 1n;
  readonly leases = new Map<string, { readonly room: string; readonly sessions: number }>();
  readonly sessions: { room: string; session: string }[] = [];
  readonly cursors: bigint[] = [];
  renewals = 0;
  private lastNumber = 0n;
  private isDown = false;
  /** Counts outages: a stream of before one is broken, even when the node is back already. */
  private outages = 0;
  private wakeStreams = deferred();

  constructor(
    readonly nodeId: bigint,
    readonly sessionCapacity = 100,
  ) {}

  emit(room: string): bigint {
    this.lastNumber += 1n;
    const track = { track: `TR_${this.lastNumber}` };
    this.events.push(
      create(control.EventSchema, { number: this.lastNumber, room, kind: { case: 'trackStarted', value: track } }),
    );
    this.wake();
    return this.lastNumber;
  }

  /** Every call fails and streams break, until `comeBack`. */
  goDown(): void {
    this.isDown = true;
    this.outages += 1;
    this.wake();
  }

  comeBack(): void {
    this.isDown = false;
  }

  /** A new process under the same address: nothing is left of the old one. */
  restart(): void {
    this.lastNumber = 0n;
    this.events = [];
    this.leases.clear();
    this.sessions.length = 0;
    this.goDown();
  }

  transport(): Transport {
    return createRouterTransport((router) => this.serve(router));
  }

  /** Adds the control API to a router. */
  serve(router: ConnectRouter): void {
    router.service(control.NodeControl, {
      describeNode: () => {
        this.refuseWhenDown();
        return { nodeId: this.nodeId, oldestEvent: this.oldestKept, newestEvent: this.lastNumber };
      },
      listSessions: () => ({ sessions: this.sessions }),
      acquireLease: (request) => this.acquire(request),
      renewLease: (request) => {
        this.refuseWhenDown();
        this.renewals += 1;
        return { unknownLeaseIds: request.leaseIds.filter((id) => !this.leases.has(id)) };
      },
      releaseLease: (request) => {
        this.leases.delete(request.leaseId);
        return {};
      },
      watchEvents: (request, context) => this.watch(request.cursor, context.signal),
    });
  }

  private acquire(request: control.AcquireLeaseRequest): Record<string, never> {
    this.refuseWhenDown();
    const promised = [...this.leases.values()].reduce((sum, lease) => sum + lease.sessions, 0);
    const wanted = request.demand?.sessions ?? 0;
    if (promised + wanted > this.sessionCapacity) {
      throw toRpcError(new ChroomError('NO_CAPACITY', `node ${this.nodeId} has promised ${promised} sessions`));
    }
    this.leases.set(request.leaseId, { room: request.fence?.room ?? '', sessions: wanted });
    return {};
  }

  private async *watch(cursor: bigint, signal: AbortSignal): AsyncGenerator<control.Event> {
    this.refuseWhenDown();
    this.cursors.push(cursor);
    if (cursor + 1n < this.oldestKept) throw toRpcError(new ChroomError('EVENTS_LOST', `oldest is ${this.oldestKept}`));
    let sent = cursor;
    const { outages } = this;
    signal.addEventListener('abort', () => this.wake());
    while (!signal.aborted) {
      if (this.outages !== outages) throw new ConnectError('connection reset', Code.Unavailable);
      const woken = this.wakeStreams.promise;
      for (const event of this.events.filter((candidate) => candidate.number > sent)) {
        sent = event.number;
        yield event;
      }
      await woken;
    }
  }

  private refuseWhenDown(): void {
    if (this.isDown) throw new ConnectError('connection refused', Code.Unavailable);
  }

  private wake(): void {
    this.wakeStreams.resolve();
    this.wakeStreams = deferred();
  }
}

/** Targets are found by URL; `targetOf` makes one for a node. */
export class FakeNodeTransports extends NodeTransports {
  private readonly nodes = new Map<string, FakeNode>();

  constructor(nodes: readonly FakeNode[]) {
    super();
    for (const node of nodes) this.nodes.set(targetOf(node).controlUrl, node);
  }

  override open(target: NodeTarget): Transport {
    const node = this.nodes.get(target.controlUrl);
    if (node === undefined) throw new Error(`no fake node at ${target.controlUrl}`);
    return node.transport();
  }
}

export function targetOf(node: FakeNode): NodeTarget {
  return { controlUrl: `https://node-${node.nodeId}.test`, tlsSpkiSha256: `0x${'0'.repeat(64)}` as Hex };
}
