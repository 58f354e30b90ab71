import type { MediaEngine } from '@chroom/engine';
import { ChroomError, type control } from '@chroom/protocol';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { RequiredFund } from '../funds/required-fund.js';
import type { ForwardReceipts } from '../receipts/forward-receipts.js';
import type { UnsignedService } from '../receipts/unsigned-service.js';
import type { NodeRooms } from '../rooms/node-rooms.js';
import { callerOf } from './caller.js';
import { asCodedError, asRpcError } from './engine-errors.js';

export interface NodeControlParts {
  readonly nodeId: bigint;
  readonly softwareVersion: string;
  readonly engine: MediaEngine;
  readonly rooms: NodeRooms;
  readonly receipts: ForwardReceipts;
  /** Undefined where nobody wants receipts. */
  readonly unsigned?: UnsignedService | undefined;
  /** Undefined where funds are not looked at. */
  readonly funds?: RequiredFund | undefined;
  /** True while the node takes no new work. */
  readonly isDraining: () => boolean;
  /** Why there is no room for what new work leaves on disk. */
  readonly diskProblem: () => string | undefined;
  readonly rssBytes: () => bigint;
}

/** No new leases above this load of the busiest worker. */
export const LEASE_CPU_MAX_PERMILLE = 800;
export const RENEW_LEASES_MAX = 1000;
export const DATA_PACKET_MAX_BYTES = 64_000;

type Fenced = { readonly fence?: control.Fence | undefined };
type OfSession = Fenced & { readonly session: string };

/**
 * The control contract over the engine: who may act (fences), what is promised (leases), who still cares (claims).
 * Everything else goes to the engine one to one.
 */
export class NodeControl implements ServiceImpl<typeof control.NodeControl> {
  constructor(private readonly parts: NodeControlParts) {}

  describeNode() {
    const { nodeId, softwareVersion, rooms } = this.parts;
    return {
      nodeId,
      softwareVersion,
      load: this.load(),
      capacity: rooms.capacity(),
      oldestEvent: rooms.events.oldest,
      newestEvent: rooms.events.newest,
    };
  }

  acquireLease(request: control.AcquireLeaseRequest, context: HandlerContext) {
    const { rooms, engine } = this.parts;
    const owner = callerOf(context);
    const room = this.enter(request, context);
    const load = engine.load();
    if (!rooms.leases.isLeased(room)) this.refuseNewWork(load.cpuPermille);
    const { egressBps = 0n, packetsPerSecond = 0n, sessions = 0 } = request.demand ?? {};
    const demand = { egressBps, packetsPerSecond, sessions };
    rooms.leases.acquire({ id: request.leaseId, room, owner, demand, ttlMs: request.ttlMs }, rooms.unleasedUse(load));
    rooms.sessions.claim(room);
    return { load: this.load() };
  }

  renewLease(request: control.RenewLeaseRequest, context: HandlerContext) {
    const { leases, sessions, fences } = this.parts.rooms;
    if (request.leaseIds.length > RENEW_LEASES_MAX) {
      throw new ChroomError(
        'LIMIT_EXCEEDED',
        `lease_ids: expected at most ${RENEW_LEASES_MAX}, got ${request.leaseIds.length}.`,
      );
    }
    const owner = callerOf(context);
    const { unknown, rooms } = leases.renew(request.leaseIds, owner, request.ttlMs);
    for (const room of rooms) if (fences.ownerOf(room) === owner) sessions.claim(room);
    return { unknownLeaseIds: unknown };
  }

  releaseLease(request: control.ReleaseLeaseRequest, context: HandlerContext) {
    this.parts.rooms.leases.release(request.leaseId, callerOf(context));
    return {};
  }

  async createSession(request: control.CreateSessionRequest, context: HandlerContext) {
    const { rooms, engine, funds, unsigned } = this.parts;
    const caller = callerOf(context);
    // First, as it may wait: fence and lease must hold when the engine is called.
    await funds?.require(caller);
    const room = this.enter(request, context);
    if (!rooms.leases.isLeased(room)) {
      throw new ChroomError(
        'LEASE_UNKNOWN',
        `Room ${room} has no live lease on this node. Acquire one before its sessions.`,
      );
    }
    unsigned?.requireSigned(caller);
    const answer = await engine.createSession(request);
    rooms.sessions.add({ room, session: request.session, identity: request.identity });
    return answer;
  }

  async closeSession(request: control.CloseSessionRequest, context: HandlerContext) {
    const room = this.enterSession(request, context);
    const answer = await this.dropIfGone(room, request.session, this.parts.engine.closeSession(request));
    this.parts.rooms.sessions.remove(room, request.session);
    return answer;
  }

  async closeRoom(request: control.CloseRoomRequest, context: HandlerContext) {
    const room = this.enter(request, context);
    const answer = await this.parts.engine.closeRoom(request);
    this.parts.rooms.sessions.removeRoom(room);
    return answer;
  }

  listSessions(request: control.ListSessionsRequest, context: HandlerContext) {
    const { rooms } = this.parts;
    const caller = callerOf(context);
    const { room } = request;
    // Who is in a room is for its owner alone; orchestrators of several operators share this node.
    if (room !== '' && rooms.sessions.has(room) && rooms.fences.ownerOf(room) !== caller) {
      throw new ChroomError(
        'PERMISSION_DENIED',
        `room: expected a room that you own, got one of another orchestrator.`,
      );
    }
    const names = room === '' ? rooms.roomsOf(caller) : [room];
    const sessions = names.flatMap((room) => rooms.sessions.list(room));
    return { sessions: sessions.map(({ room, session, identity }) => ({ room, session, identity })) };
  }

  async describeSession(request: control.DescribeSessionRequest, context: HandlerContext) {
    const room = this.enterSession(request, context);
    const { identity, state } = this.parts.rooms.sessions.get(room, request.session);
    const described = this.parts.engine.describeSession(request);
    const { transports, publications, subscriptions } = await this.dropIfGone(room, request.session, described);
    return { summary: { room, session: request.session, identity }, state, transports, publications, subscriptions };
  }

  storeSessionState(request: control.StoreSessionStateRequest, context: HandlerContext) {
    const room = this.enterSession(request, context);
    this.parts.rooms.sessions.store(room, request.session, request.state);
    return {};
  }

  updateSession = this.forSession((engine, request: control.UpdateSessionRequest) => engine.updateSession(request));
  createTransport = this.forSession((engine, request: control.CreateTransportRequest) =>
    engine.createTransport(request),
  );
  connectTransport = this.forSession((engine, request: control.ConnectTransportRequest) =>
    engine.connectTransport(request),
  );
  restartIce = this.forSession((engine, request: control.RestartIceRequest) => engine.restartIce(request));
  publish = this.forSession((engine, request: control.PublishRequest) => engine.publish(request));
  updatePublication = this.forSession((engine, request: control.UpdatePublicationRequest) =>
    engine.updatePublication(request),
  );
  unpublish = this.forSession((engine, request: control.UnpublishRequest) => engine.unpublish(request));
  subscribe = this.forSession((engine, request: control.SubscribeRequest) => engine.subscribe(request));
  updateSubscription = this.forSession((engine, request: control.UpdateSubscriptionRequest) =>
    engine.updateSubscription(request),
  );
  unsubscribe = this.forSession((engine, request: control.UnsubscribeRequest) => engine.unsubscribe(request));

  async sendData(request: control.SendDataRequest, context: HandlerContext) {
    const room = this.enter(request, context);
    if (request.packet.length > DATA_PACKET_MAX_BYTES) {
      throw new ChroomError(
        'PAYLOAD_TOO_LARGE',
        `packet: expected at most ${DATA_PACKET_MAX_BYTES} bytes, got ${request.packet.length}.`,
      );
    }
    if (!this.parts.rooms.sessions.has(room))
      throw new ChroomError('ROOM_UNKNOWN', `Room ${room} has no session on this node.`);
    return this.parts.engine.sendData(request);
  }

  async deliverReceipts({ leaves }: control.DeliverReceiptsRequest, context: HandlerContext) {
    const { refused, ...answer } = await this.parts.receipts.forward(callerOf(context), leaves);
    return { ...answer, refused: [...refused] };
  }

  async *watchEvents(request: control.WatchEventsRequest, context: HandlerContext) {
    const { rooms } = this.parts;
    const owner = callerOf(context);
    const isMine = (event: control.Event) => rooms.fences.ownerOf(event.room) === owner;
    try {
      rooms.beginWatch(owner);
      try {
        yield* rooms.events.follow(request.cursor, isMine, context.signal);
      } finally {
        rooms.endWatch(owner);
      }
    } catch (error) {
      throw asRpcError(error);
    }
  }

  load(): Omit<control.NodeLoad, '$typeName' | 'leased'> & { leased: ReturnType<NodeRooms['leases']['sum']> } {
    const { engine, rooms, rssBytes } = this.parts;
    const { cpuPermille, egressBps, packetsPerSecond, sessions } = engine.load();
    return { leased: rooms.leases.sum(), cpuPermille, egressBps, packetsPerSecond, sessions, rssBytes: rssBytes() };
  }

  /** A call on one session: the fence first, then that the session is here, then the engine. */
  private forSession<Request extends OfSession, Response>(
    call: (engine: MediaEngine, request: Request) => Promise<Response>,
  ): (request: Request, context: HandlerContext) => Promise<Response> {
    return async (request, context) => {
      const room = this.enterSession(request, context);
      return this.dropIfGone(room, request.session, call(this.parts.engine, request));
    };
  }

  /** Where the engine has ended a session by itself, what we kept of it goes as well. */
  private async dropIfGone<Response>(room: string, session: string, answer: Promise<Response>): Promise<Response> {
    try {
      return await answer;
    } catch (error) {
      const coded = asCodedError(error);
      if (coded.code === 'SESSION_UNKNOWN') this.parts.rooms.sessions.remove(room, session);
      throw coded;
    }
  }

  private enterSession(request: OfSession, context: HandlerContext): string {
    const room = this.enter(request, context);
    this.parts.rooms.sessions.get(room, request.session);
    this.parts.rooms.sessions.claim(room, request.session);
    return room;
  }

  private enter({ fence }: Fenced, context: HandlerContext): string {
    const room = fence?.room ?? '';
    this.parts.rooms.fences.enter(room, fence?.token ?? 0n, callerOf(context));
    return room;
  }

  private refuseNewWork(cpuPermille: number): void {
    if (this.parts.isDraining())
      throw new ChroomError('NO_CAPACITY', 'This node is draining and takes no new rooms. Use another node.');
    const diskProblem = this.parts.diskProblem();
    if (diskProblem) throw new ChroomError('NO_CAPACITY', `${diskProblem}. Use another node.`);
    if (cpuPermille < LEASE_CPU_MAX_PERMILLE) return;
    throw new ChroomError(
      'NO_CAPACITY',
      `cpu: expected below ${LEASE_CPU_MAX_PERMILLE} permille of the busiest worker, got ${cpuPermille}. Use another node.`,
    );
  }
}
