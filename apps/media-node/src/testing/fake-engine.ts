import { create } from '@bufbuild/protobuf';
import type { EngineErrorCode, EngineLoad, MediaEngine } from '@chroom/engine';
import { control } from '@chroom/protocol';

class FakeEngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    readonly field: string,
  ) {
    super(message);
  }
}

interface FakeSession {
  readonly transports: Map<control.TransportRole, control.IceParameters>;
  readonly publications: Map<string, control.PublicationSnapshot>;
  readonly subscriptions: Map<string, control.SubscriptionSnapshot>;
}

interface InRoom {
  readonly fence?: { readonly room?: string } | undefined;
}
interface OfSession extends InRoom {
  readonly session?: string;
}

/** A media engine without media: keeps sessions, transports and tracks, and refuses what the real one refuses. */
export class FakeEngine implements MediaEngine {
  readonly udpPorts = [50_000];
  isClosed = false;
  currentLoad: EngineLoad = { cpuPermille: 10, egressBps: 0n, packetsPerSecond: 0n, sessions: 0, workers: 1 };
  private readonly rooms = new Map<string, Map<string, FakeSession>>();
  private readonly listeners = new Set<(batch: readonly control.Event[]) => void>();
  private lastSsrc = 0;

  readonly events = {
    subscribe: (listener: (batch: readonly control.Event[]) => void) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };

  /** Reports events as the engine's workers would. */
  emit(room: string, session: string, kind: control.Event['kind']): void {
    const event = create(control.EventSchema, { room, session, kind });
    for (const listener of this.listeners) listener([event]);
  }

  counters() {
    return { datagrams_received: 12n, drop_unknown_session: 3n };
  }

  workerCounters() {
    return [this.counters()];
  }

  load(): EngineLoad {
    const sessions = [...this.rooms.values()].reduce((sum, room) => sum + room.size, 0);
    return { ...this.currentLoad, sessions };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  createSession: MediaEngine['createSession'] = async (request) => {
    const { room, session } = namesOf(request);
    if (!request.identity) throw new FakeEngineError('INVALID_ARGUMENT', 'expected 1 to 256 bytes', 'identity');
    const sessions = this.rooms.get(room) ?? new Map<string, FakeSession>();
    if (!sessions.has(session))
      sessions.set(session, { transports: new Map(), publications: new Map(), subscriptions: new Map() });
    this.rooms.set(room, sessions);
    return create(control.CreateSessionResponseSchema);
  };

  updateSession: MediaEngine['updateSession'] = async (request) => {
    this.require(request);
    return create(control.UpdateSessionResponseSchema);
  };

  closeSession: MediaEngine['closeSession'] = async (request) => {
    this.require(request);
    const { room, session } = namesOf(request);
    this.rooms.get(room)?.delete(session);
    return create(control.CloseSessionResponseSchema, { finalStatistics: { session, activeSeconds: 3 } });
  };

  closeRoom: MediaEngine['closeRoom'] = async (request) => {
    const { room } = namesOf(request);
    const sessions = [...(this.rooms.get(room)?.keys() ?? [])];
    this.rooms.delete(room);
    return create(control.CloseRoomResponseSchema, { finalStatistics: sessions.map((session) => ({ session })) });
  };

  describeSession: MediaEngine['describeSession'] = async (request) => {
    const { transports, publications, subscriptions } = this.require(request);
    return create(control.DescribeSessionResponseSchema, {
      transports: [...transports].map(([role, ice]) => ({ role, ice, state: control.TransportState.NEW })),
      publications: [...publications.values()],
      subscriptions: [...subscriptions.values()],
    });
  };

  createTransport: MediaEngine['createTransport'] = async (request) => {
    const session = this.require(request);
    const role = request.role ?? control.TransportRole.UNSPECIFIED;
    const ice = session.transports.get(role) ?? this.newIce();
    session.transports.set(role, ice);
    return create(control.CreateTransportResponseSchema, {
      ice,
      candidates: [{ foundation: '1', protocol: 'udp', address: '127.0.0.1', port: 50_000, priority: 1 }],
      fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
    });
  };

  connectTransport: MediaEngine['connectTransport'] = async (request) => {
    this.requireTransport(request);
    return create(control.ConnectTransportResponseSchema);
  };

  restartIce: MediaEngine['restartIce'] = async (request) => {
    const session = this.requireTransport(request);
    const ice = this.newIce();
    session.transports.set(request.role ?? control.TransportRole.UNSPECIFIED, ice);
    return create(control.RestartIceResponseSchema, { ice });
  };

  publish: MediaEngine['publish'] = async (request) => {
    const session = this.requireTransport(request);
    const { track = '', role, mid, kind, codecs, encodings } = request;
    session.publications.set(
      track,
      create(control.PublicationSnapshotSchema, { track, role, mid, kind, codecs, encodings }),
    );
    return create(control.PublishResponseSchema);
  };

  updatePublication: MediaEngine['updatePublication'] = async (request) => {
    const publication = this.require(request).publications.get(request.track ?? '');
    if (!publication) throw unknownTrack(request.track);
    publication.muted = request.muted ?? false;
    return create(control.UpdatePublicationResponseSchema);
  };

  unpublish: MediaEngine['unpublish'] = async (request) => {
    if (!this.require(request).publications.delete(request.track ?? '')) throw unknownTrack(request.track);
    return create(control.UnpublishResponseSchema);
  };

  subscribe: MediaEngine['subscribe'] = async (request) => {
    const session = this.requireTransport(request);
    const { track = '', role, mid, paused, maxQuality } = request;
    const sessions = this.rooms.get(namesOf(request).room) ?? new Map<string, FakeSession>();
    const isPublished = [...sessions.values()].some((other) => other !== session && other.publications.has(track));
    if (!isPublished) throw unknownTrack(track);
    const ssrc = ++this.lastSsrc;
    session.subscriptions.set(
      track,
      create(control.SubscriptionSnapshotSchema, { track, role, mid, paused, maxQuality, ssrc }),
    );
    return create(control.SubscribeResponseSchema, { ssrc });
  };

  updateSubscription: MediaEngine['updateSubscription'] = async (request) => {
    const subscription = this.require(request).subscriptions.get(request.track ?? '');
    if (!subscription) throw unknownTrack(request.track);
    subscription.paused = request.paused ?? false;
    return create(control.UpdateSubscriptionResponseSchema);
  };

  unsubscribe: MediaEngine['unsubscribe'] = async (request) => {
    if (!this.require(request).subscriptions.delete(request.track ?? '')) throw unknownTrack(request.track);
    return create(control.UnsubscribeResponseSchema);
  };

  sendData: MediaEngine['sendData'] = async () => create(control.SendDataResponseSchema);

  sessionStatistics: MediaEngine['sessionStatistics'] = async ({ room, session }) => {
    this.require({ fence: { room }, session });
    return create(control.SessionStatisticsSchema, { session });
  };

  private newIce(): control.IceParameters {
    this.lastSsrc += 1;
    return create(control.IceParametersSchema, { usernameFragment: `frag${this.lastSsrc}`, password: 'p'.repeat(22) });
  }

  private require(request: OfSession): FakeSession {
    const { room, session } = namesOf(request);
    const found = this.rooms.get(room)?.get(session);
    if (!found) throw new FakeEngineError('NOT_FOUND', `no session ${session}`, 'session');
    return found;
  }

  private requireTransport(request: OfSession & { readonly role?: control.TransportRole }): FakeSession {
    const session = this.require(request);
    if (session.transports.has(request.role ?? control.TransportRole.UNSPECIFIED)) return session;
    throw new FakeEngineError('NOT_FOUND', 'no transport of that role', 'role');
  }
}

function namesOf(request: OfSession): { room: string; session: string } {
  return { room: request.fence?.room ?? '', session: request.session ?? '' };
}

function unknownTrack(track = ''): FakeEngineError {
  return new FakeEngineError('NOT_FOUND', `no track ${track}`, 'track');
}
