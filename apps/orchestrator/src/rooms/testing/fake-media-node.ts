import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { ChroomError, control, toRpcError } from '@chroom/protocol';
import { createClient, createRouterTransport } from '@connectrpc/connect';
import type { MediaNode, NodeControlClient, RoomEventsListener } from '../../nodes/media-nodes.port.js';

export interface FakeSession {
  readonly room: string;
  readonly request: control.CreateSessionRequest;
  state: Uint8Array;
  readonly transports: Map<control.TransportRole, FakeTransport>;
  readonly publications: Map<string, { readonly request: control.PublishRequest; muted: boolean }>;
  readonly subscriptions: Map<
    string,
    { request: control.SubscribeRequest; update?: control.UpdateSubscriptionRequest }
  >;
}

interface FakeTransport {
  ufrag: string;
  connected: control.ConnectTransportRequest | undefined;
}

type EventKind = NonNullable<MessageInitShape<typeof control.EventSchema>['kind']>;

/**
 * The control API of a media node in memory, with the rules of control.proto: fences that only grow, sessions before
 * transports before publications before subscriptions, coded errors, events by room. No media.
 */
export class FakeMediaNode implements MediaNode {
  readonly region = 'test';
  readonly sessions = new Map<string, FakeSession>();
  readonly closedRooms: string[] = [];
  readonly sentData: control.SendDataRequest[] = [];
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  readonly control: NodeControlClient;
  /** Sessions that are in the list and gone when they are closed. */
  readonly lost = new Set<string>();
  /** Calls fail with this until it is cleared. */
  failure: ChroomError | undefined;
  private readonly fences = new Map<string, bigint>();
  private readonly listeners = new Map<string, Set<RoomEventsListener>>();
  private lastNumber = 0n;
  private lastSsrc = 1000;

  constructor(readonly nodeId: bigint = 7n) {
    this.control = createClient(control.NodeControl, this.transport());
  }

  watchRoom(roomSid: string, listener: RoomEventsListener): () => void {
    const listeners = this.listeners.get(roomSid) ?? new Set();
    listeners.add(listener);
    this.listeners.set(roomSid, listeners);
    return () => listeners.delete(listener);
  }

  /** The session of that identity, the newest one. */
  sessionOf(identity: string): FakeSession & { readonly sid: string } {
    const found = [...this.sessions].filter(([, { request }]) => request.identity === identity).at(-1);
    if (!found) throw new Error(`no session of ${identity}`);
    return { ...found[1], sid: found[0] };
  }

  emit(session: string, kind: EventKind): void {
    const room = this.sessions.get(session)?.room ?? '';
    this.lastNumber += 1n;
    const event = create(control.EventSchema, { number: this.lastNumber, room, session, kind });
    for (const listener of [...(this.listeners.get(room) ?? [])]) listener.onEvent(event);
  }

  emitToRoom(room: string, kind: EventKind): void {
    this.lastNumber += 1n;
    const event = create(control.EventSchema, { number: this.lastNumber, room, kind });
    for (const listener of [...(this.listeners.get(room) ?? [])]) listener.onEvent(event);
  }

  transportState(session: string, state: control.TransportState, role = control.TransportRole.PUBLISHER): void {
    this.emit(session, { case: 'transportState', value: { role, state, reason: 'test' } });
  }

  /** As after a break of the event stream that was too long to resume. */
  loseEvents(aliveSessions: ReadonlySet<string>): void {
    for (const listeners of this.listeners.values()) for (const one of [...listeners]) one.onEventsLost(aliveSessions);
  }

  /** As when the machine is gone: no call is answered, rooms are told. */
  die(): void {
    this.failure = new ChroomError('NODE_UNAVAILABLE', 'the fake node is dead');
    for (const listeners of this.listeners.values()) for (const one of [...listeners]) one.onNodeLost('test');
  }

  private transport() {
    return createRouterTransport(({ service }) => {
      service(control.NodeControl, {
        createSession: this.rule('createSession', (request) => this.createSession(request)),
        updateSession: this.rule('updateSession', (request) => {
          Object.assign(this.session(request.session).request, {
            hidden: request.hidden,
            canPublishData: request.canPublishData,
            canSubscribe: request.canSubscribe,
          });
          return {};
        }),
        closeSession: this.rule('closeSession', (request) => this.closeSession(request.session)),
        closeRoom: this.rule('closeRoom', (request) => this.closeRoom(request.fence?.room ?? '')),
        listSessions: () => ({
          sessions: [...this.sessions].map(([session, { room, request }]) => ({
            room,
            session,
            identity: request.identity,
          })),
        }),
        storeSessionState: this.rule('storeSessionState', (request) => {
          this.session(request.session).state = request.state;
          return {};
        }),
        createTransport: this.rule('createTransport', (request) => this.createTransport(request)),
        connectTransport: this.rule('connectTransport', (request) => {
          this.transportOf(request).connected = request;
          return {};
        }),
        restartIce: this.rule('restartIce', (request) => {
          const transport = this.transportOf(request);
          transport.ufrag = `${transport.ufrag}r`;
          return { ice: { usernameFragment: transport.ufrag, password: 'x'.repeat(24) } };
        }),
        publish: this.rule('publish', (request) => this.publish(request)),
        updatePublication: this.rule('updatePublication', (request) => {
          this.publication(request.session, request.track).muted = request.muted;
          return {};
        }),
        unpublish: this.rule('unpublish', (request) => this.unpublish(request.session, request.track)),
        subscribe: this.rule('subscribe', (request) => this.subscribe(request)),
        updateSubscription: this.rule('updateSubscription', (request) => {
          this.subscription(request.session, request.track).update = request;
          return {};
        }),
        unsubscribe: this.rule('unsubscribe', (request) => {
          this.subscription(request.session, request.track);
          this.session(request.session).subscriptions.delete(request.track);
          return {};
        }),
        sendData: this.rule('sendData', (request) => {
          this.sentData.push(request);
          return {};
        }),
      });
    });
  }

  /** Every mutating call: counted, fenced, and refused while the node fails. */
  private rule<Request extends { fence?: control.Fence | undefined }, Response>(
    name: string,
    handle: (request: Request) => Response,
  ): (request: Request) => Response {
    return (request) => {
      this.calls.push(name);
      try {
        if (this.failure) throw this.failure;
        this.checkFence(request.fence);
        return handle(request);
      } catch (error) {
        throw error instanceof ChroomError ? toRpcError(error) : error;
      }
    };
  }

  private checkFence(fence: control.Fence | undefined): void {
    if (!fence || fence.room === '') throw new ChroomError('INVALID_ARGUMENT', 'expected a fence');
    const highest = this.fences.get(fence.room) ?? 0n;
    if (fence.token < highest) throw new ChroomError('FENCE_STALE', `expected ${highest} or more, got ${fence.token}`);
    this.fences.set(fence.room, fence.token);
  }

  private createSession(request: control.CreateSessionRequest): Record<string, never> {
    if (this.sessions.has(request.session)) throw new ChroomError('ALREADY_EXISTS', request.session);
    this.sessions.set(request.session, {
      room: request.fence!.room,
      request,
      state: new Uint8Array(),
      transports: new Map(),
      publications: new Map(),
      subscriptions: new Map(),
    });
    return {};
  }

  private closeSession(sid: string) {
    if (this.lost.has(sid)) throw new ChroomError('SESSION_UNKNOWN', sid);
    const session = this.session(sid);
    for (const track of [...session.publications.keys()]) this.unpublish(sid, track);
    this.sessions.delete(sid);
    return { finalStatistics: { session: sid } };
  }

  private closeRoom(room: string): Record<string, never> {
    this.closedRooms.push(room);
    for (const [sid, session] of [...this.sessions]) if (session.room === room) this.closeSession(sid);
    return {};
  }

  private createTransport(request: control.CreateTransportRequest) {
    const { transports } = this.session(request.session);
    if (transports.has(request.role)) throw new ChroomError('ALREADY_EXISTS', `transport ${request.role}`);
    const ufrag = `n${request.role}${request.session.slice(-4)}`;
    transports.set(request.role, { ufrag, connected: undefined });
    return {
      ice: { usernameFragment: ufrag, password: 'x'.repeat(24) },
      candidates: [{ foundation: '1', protocol: 'udp', address: '127.0.0.1', port: 7882, priority: 1 }],
      fingerprint: { algorithm: 'sha-256', value: Array(32).fill('EF').join(':') },
    };
  }

  private publish(request: control.PublishRequest): Record<string, never> {
    const { publications, transports } = this.session(request.session);
    if (!transports.get(request.role)?.connected) throw new ChroomError('TRANSPORT_UNKNOWN', 'publish before connect');
    if (publications.has(request.track)) throw new ChroomError('ALREADY_EXISTS', request.track);
    if (request.codecs.length === 0 || request.encodings.length === 0) {
      throw new ChroomError('INVALID_ARGUMENT', 'expected codecs and encodings');
    }
    const qualities = request.encodings.map(({ quality }) => quality);
    if (qualities.some((quality, index) => index > 0 && quality <= qualities[index - 1]!)) {
      throw new ChroomError('INVALID_ARGUMENT', `expected encodings in growing quality, got ${qualities}`);
    }
    publications.set(request.track, { request, muted: false });
    return {};
  }

  private unpublish(session: string, track: string): Record<string, never> {
    this.publication(session, track);
    this.session(session).publications.delete(track);
    for (const { subscriptions } of this.sessions.values()) subscriptions.delete(track);
    return {};
  }

  private subscribe(request: control.SubscribeRequest): { ssrc: number; rtxSsrc: number } {
    const receiver = this.session(request.session);
    if (!receiver.transports.has(request.role))
      throw new ChroomError('TRANSPORT_UNKNOWN', 'subscribe before transport');
    const publisher = [...this.sessions.values()].find(
      ({ room, publications }) => room === receiver.room && publications.has(request.track),
    );
    if (!publisher) throw new ChroomError('TRACK_UNKNOWN', request.track);
    if (receiver.subscriptions.has(request.track)) throw new ChroomError('ALREADY_EXISTS', request.track);
    for (const { request: other } of receiver.subscriptions.values()) {
      if (other.mid === request.mid && other.role === request.role) {
        throw new ChroomError('INVALID_ARGUMENT', `mid ${request.mid} carries ${other.track}`);
      }
    }
    receiver.subscriptions.set(request.track, { request });
    this.lastSsrc += 2;
    const hasRtx = request.payloads.some(({ subscribedRtx }) => subscribedRtx > 0);
    return { ssrc: this.lastSsrc, rtxSsrc: hasRtx ? this.lastSsrc + 1 : 0 };
  }

  private session(sid: string): FakeSession {
    const session = this.sessions.get(sid);
    if (!session) throw new ChroomError('SESSION_UNKNOWN', sid);
    return session;
  }

  private transportOf(request: { session: string; role: control.TransportRole }): FakeTransport {
    const transport = this.session(request.session).transports.get(request.role);
    if (!transport) throw new ChroomError('TRANSPORT_UNKNOWN', `role ${request.role}`);
    return transport;
  }

  private publication(session: string, track: string): { muted: boolean } {
    const publication = this.session(session).publications.get(track);
    if (!publication) throw new ChroomError('TRACK_UNKNOWN', track);
    return publication;
  }

  private subscription(session: string, track: string): { update?: control.UpdateSubscriptionRequest } {
    const subscription = this.session(session).subscriptions.get(track);
    if (!subscription) throw new ChroomError('TRACK_UNKNOWN', track);
    return subscription;
  }
}
