import type { RoomConfiguration } from '@livekit/protocol';

export type TrackSourceName = 'camera' | 'microphone' | 'screen_share' | 'screen_share_audio';

/** The `video` claim with its defaults applied (LiveKit: canPublish, canSubscribe and canPublishData default to true). */
export interface VideoGrants {
  readonly roomJoin: boolean;
  readonly room: string;
  readonly roomCreate: boolean;
  readonly roomList: boolean;
  readonly roomAdmin: boolean;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  /** Empty: every source. */
  readonly canPublishSources: readonly TrackSourceName[];
  readonly canUpdateOwnMetadata: boolean;
  readonly hidden: boolean;
  readonly recorder: boolean;
  readonly agent: boolean;
}

/** What a verified access token says. Only `AccessTokens.verify` makes one. */
export interface AccessClaims {
  readonly projectId: string;
  readonly apiKey: string;
  readonly identity: string;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** standard, ingress, egress, sip, agent, ... */
  readonly kind: string;
  /** Seconds since the epoch. */
  readonly expiresAtSec: number;
  readonly video: VideoGrants;
  /** Applies only when the join creates the room. */
  readonly roomConfig?: RoomConfiguration;
  /** base64 SHA-256 of a request body, for signed webhooks. */
  readonly sha256?: string;
  /** Claims and grants that mean nothing here, for refreshed tokens. */
  readonly unread?: {
    readonly claims: Readonly<Record<string, unknown>>;
    readonly video: Readonly<Record<string, unknown>>;
  };
}

/** Verifies and issues LiveKit access tokens (JWT HS256) with the API keys of the projects. */
export abstract class AccessTokens {
  /** @throws ChroomError TOKEN_INVALID or TOKEN_EXPIRED, with the text that is shown to the client. */
  abstract verify(token: string): Promise<AccessClaims>;
  /** A token for `refresh_token`: same claims, valid for max(10 min, the remaining life of the original). */
  abstract refresh(claims: AccessClaims): Promise<string>;
  /** Signs a webhook body: claim `sha256` = base64 SHA-256 of the exact bytes, valid for 5 min. */
  abstract signWebhook(apiKey: string, body: Uint8Array): Promise<string>;
}
