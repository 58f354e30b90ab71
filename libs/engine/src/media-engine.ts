import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { control } from '@chroom/protocol';

/**
 * The media engine of one node: UDP, ICE, DTLS, SRTP, SCTP and forwarding on threads of its own. Each method is the
 * call of the same name in control.proto, with the same messages; `fence.room` names the room, `fence.token` is not
 * looked at (leases, fencing, state blobs and event numbers belong to the media node application).
 *
 * Methods check their arguments first and reject with an `EngineError`; a rejected call has changed nothing. Calls of
 * one session take effect in the order in which they were made. A large room may have sessions on several workers
 * (docs/workers.md); calls about the whole room are answered when all of them have answered.
 */
export interface MediaEngine {
  createSession(request: Init<typeof control.CreateSessionRequestSchema>): Promise<control.CreateSessionResponse>;
  updateSession(request: Init<typeof control.UpdateSessionRequestSchema>): Promise<control.UpdateSessionResponse>;
  closeSession(request: Init<typeof control.CloseSessionRequestSchema>): Promise<control.CloseSessionResponse>;
  /** A room that is not there has no sessions: that is answered with an empty list, not with an error. */
  closeRoom(request: Init<typeof control.CloseRoomRequestSchema>): Promise<control.CloseRoomResponse>;
  /** As the contract's, with `state` left empty. */
  describeSession(request: Init<typeof control.DescribeSessionRequestSchema>): Promise<control.DescribeSessionResponse>;

  createTransport(request: Init<typeof control.CreateTransportRequestSchema>): Promise<control.CreateTransportResponse>;
  connectTransport(
    request: Init<typeof control.ConnectTransportRequestSchema>,
  ): Promise<control.ConnectTransportResponse>;
  restartIce(request: Init<typeof control.RestartIceRequestSchema>): Promise<control.RestartIceResponse>;

  publish(request: Init<typeof control.PublishRequestSchema>): Promise<control.PublishResponse>;
  updatePublication(
    request: Init<typeof control.UpdatePublicationRequestSchema>,
  ): Promise<control.UpdatePublicationResponse>;
  unpublish(request: Init<typeof control.UnpublishRequestSchema>): Promise<control.UnpublishResponse>;

  subscribe(request: Init<typeof control.SubscribeRequestSchema>): Promise<control.SubscribeResponse>;
  updateSubscription(
    request: Init<typeof control.UpdateSubscriptionRequestSchema>,
  ): Promise<control.UpdateSubscriptionResponse>;
  unsubscribe(request: Init<typeof control.UnsubscribeRequestSchema>): Promise<control.UnsubscribeResponse>;

  sendData(request: Init<typeof control.SendDataRequestSchema>): Promise<control.SendDataResponse>;

  /** Statistics of one session now, cumulative; the same that the `statistics` event carries. */
  sessionStatistics(request: { room: string; session: string }): Promise<control.SessionStatistics>;

  readonly events: EngineEvents;
  /** The UDP ports in use, one per worker. */
  readonly udpPorts: readonly number[];
  /** All counters summed over workers, by name: packets, bytes, every drop reason. Reads shared memory, no call. */
  counters(): Readonly<Record<string, bigint>>;
  /** The same, worker by worker. */
  workerCounters(): readonly Readonly<Record<string, bigint>>[];
  /** What the workers measured about themselves over the last half second. Reads shared memory, no call. */
  load(): EngineLoad;
  /**
   * Ends all sessions without a word to the peers and joins the threads. Open calls reject with CLOSED. Closing twice
   * is the same as once.
   */
  close(): Promise<void>;
}

/** What a caller may hand in for a message: a message, or a plain object with its fields. */
export type Init<Schema extends DescMessage> = MessageInitShape<Schema>;

/**
 * Events of all rooms as messages of the control contract; `number` is 0, the application numbers them. They are
 * handed over in batches, in order within a session, on Node's thread.
 */
export interface EngineEvents {
  /** Calls `listener` with every following batch until the returned function is called. A listener must not throw. */
  subscribe(listener: (batch: readonly control.Event[]) => void): () => void;
}

export interface EngineLoad {
  /** Busiest worker, 0..1000. */
  readonly cpuPermille: number;
  readonly egressBps: bigint;
  readonly packetsPerSecond: bigint;
  readonly sessions: number;
  readonly workers: number;
}

export interface MediaEngineConfig {
  /** Worker threads, 1..64. Default: processors - 1, at least 1. */
  readonly workers?: number;
  /** Addresses to bind, IPv4 or IPv6 literals, 1..4. Every worker binds each. Default: 127.0.0.1. */
  readonly bindAddresses?: readonly string[];
  /** UDP port of the first worker, the others follow; 0 lets the system choose. Default: 0. */
  readonly udpPort?: number;
  /** Addresses put into candidates instead of the bound ones (a public address in front of a private one), 0..4. */
  readonly advertisedAddresses?: readonly string[];
  /**
   * Processors that the workers are bound to, in order and round again when there are more workers; empty: the system
   * chooses. Default: empty. Refused with SYSTEM when this process may not use one of them.
   */
  readonly workerCpus?: readonly number[];
  /** A room may use another worker for every so many sessions; smaller ones stay on one. Default: 64. */
  readonly largeRoomSessions?: number;
  /** Bounds per worker; what is over them is refused with LIMIT_EXCEEDED. */
  readonly limits?: Partial<EngineLimits>;
}

export interface EngineLimits {
  /** Default 4000. */
  readonly sessionsPerWorker: number;
  /** Default 2000. */
  readonly roomsPerWorker: number;
  /** Published tracks of one session. Default 32. */
  readonly publicationsPerSession: number;
  /** Default 512. */
  readonly subscriptionsPerSession: number;
}
