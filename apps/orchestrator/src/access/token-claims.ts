import { ChroomError } from '@chroom/protocol';
import { RoomConfiguration } from '@livekit/protocol';
import type { JWTPayload } from 'jose';
import type { AccessClaims } from './access-tokens.port.js';
import { parseVideoGrants, unreadVideoGrants } from './video-grants.js';

const kLongestIdentityChars = 256;
const kLongestMetadataBytes = 512 * 1024;
const kMostAttributesBytes = 64 * 1024;

/** What is read here, and what belongs to one token alone. The rest goes into refreshed tokens as it came. */
const kReadClaims = new Set(
  'iss sub identity aud exp nbf iat jti name metadata attributes kind video roomConfig sha256'.split(' '),
);

/** Turns the payload of a token whose signature and times are good into claims; refuses what is out of bounds. */
export function parseTokenClaims(payload: JWTPayload, projectId: string, apiKey: string): AccessClaims {
  const video = parseVideoGrants(payload.video);
  const identity = stringClaim(payload.sub ?? payload.identity, 'sub');
  if (video.roomJoin && identity === '') {
    throw invalid('sub', `an identity of 1 to ${kLongestIdentityChars} characters`, 'none');
  }
  if (identity.length > kLongestIdentityChars) {
    throw invalid('sub', `at most ${kLongestIdentityChars} characters`, `${identity.length}`);
  }
  const metadata = stringClaim(payload.metadata, 'metadata');
  bounded('metadata', Buffer.byteLength(metadata), kLongestMetadataBytes);
  return {
    projectId,
    apiKey,
    identity,
    name: stringClaim(payload.name, 'name'),
    metadata,
    attributes: attributes(payload.attributes),
    kind: stringClaim(payload.kind, 'kind') || 'standard',
    expiresAtSec: payload.exp ?? 0,
    video,
    roomConfig: roomConfiguration(payload.roomConfig),
    sha256: typeof payload.sha256 === 'string' ? payload.sha256 : undefined,
    unread: {
      claims: Object.fromEntries(Object.entries(payload).filter(([name]) => !kReadClaims.has(name))),
      video: unreadVideoGrants(payload.video, video),
    },
  };
}

function stringClaim(value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw invalid(name, 'a string', typeof value);
  return value;
}

function attributes(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('attributes', 'an object', typeof value);
  let bytes = 0;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(`attributes.${key.slice(0, 64)}`, 'a string', typeof text);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  }
  bounded('attributes', bytes, kMostAttributesBytes);
  return { ...(value as Record<string, string>) };
}

function roomConfiguration(value: unknown): RoomConfiguration | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return RoomConfiguration.fromJson(value as never, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new ChroomError('TOKEN_INVALID', 'invalid token: claim roomConfig: expected a RoomConfiguration', { cause });
  }
}

function bounded(claim: string, bytes: number, mostBytes: number): void {
  if (bytes > mostBytes) throw invalid(claim, `at most ${mostBytes} bytes`, `${bytes}`);
}

function invalid(claim: string, expected: string, got: string): ChroomError {
  return new ChroomError('TOKEN_INVALID', `invalid token: claim ${claim}: expected ${expected}, got ${got}`);
}
