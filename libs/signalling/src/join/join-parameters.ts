import type { AddTrackRequest, ClientInfo, ReconnectReason, SessionDescription, SyncState } from '@livekit/protocol';

/** A request to join or to resume, however it was sent. */
export interface JoinParameters {
  /** single: one peer connection, offered by the client. dual: publisher and subscriber connections. */
  readonly mode: 'single' | 'dual';
  readonly client: ClientInfo;
  readonly autoSubscribe: boolean;
  readonly adaptiveStream: boolean;
  readonly subscriberAllowPause: boolean;
  /** Undefined: the token's value stays. Needs canUpdateOwnMetadata. */
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly addTracks: readonly AddTrackRequest[];
  readonly publisherOffer?: SessionDescription;
  readonly reconnect: boolean;
  readonly reconnectReason: ReconnectReason;
  /** The session to resume; empty for a new one. */
  readonly participantSid: string;
  readonly syncState?: SyncState;
}

/** Bundled tracks are bounded like tracks of a session; more in one join is a mistake. */
export const maxBundledTracks = 64;
