import { gunzipSync } from 'node:zlib';
import { ChroomError } from '@chroom/protocol';
import {
  ClientInfo,
  ClientInfo_Capability,
  ClientInfo_SDK,
  JoinRequest,
  ReconnectReason,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from '@livekit/protocol';
import { type JoinParameters, maxBundledTracks } from './join-parameters.js';

/** Bound of the join request after inflate. */
export const maxJoinRequestBytes = 1024 * 1024;
/** Bound of the metadata of a participant, in UTF-8. */
export const maxMetadataBytes = 512 * 1024;
/** Bound of the attributes of a participant, as keys and values in UTF-8. */
export const maxAttributesBytes = 64 * 1024;

/**
 * Reads the query of `/rtc` and `/rtc/v1`. The presence of `join_request` decides the mode, not the path.
 * @throws ChroomError INVALID_ARGUMENT or PAYLOAD_TOO_LARGE.
 */
export function readJoinParameters(query: URLSearchParams): JoinParameters {
  const wrapped = query.get('join_request');
  const join = wrapped === null ? fromQuery(query) : fromJoinRequest(unwrap(wrapped));
  refuseLong('metadata', Buffer.byteLength(join.metadata ?? ''), maxMetadataBytes);
  const texts = Object.entries(join.attributes ?? {}).flat();
  refuseLong(
    'attributes',
    texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    maxAttributesBytes,
  );
  return join;
}

function refuseLong(name: string, bytes: number, mostBytes: number): void {
  if (bytes <= mostBytes) return;
  throw new ChroomError('PAYLOAD_TOO_LARGE', `Expected ${name} of at most ${mostBytes} bytes, got ${bytes}.`);
}

function fromJoinRequest(request: JoinRequest): JoinParameters {
  if (request.addTrackRequests.length > maxBundledTracks) {
    throw bad(`at most ${maxBundledTracks} add_track_requests`, `${request.addTrackRequests.length}`);
  }
  const settings = request.connectionSettings;
  return {
    mode: 'single',
    client: request.clientInfo ?? new ClientInfo(),
    autoSubscribe: settings?.autoSubscribe ?? false,
    adaptiveStream: settings?.adaptiveStream ?? false,
    subscriberAllowPause: settings?.subscriberAllowPause ?? false,
    metadata: request.metadata === '' ? undefined : request.metadata,
    attributes: Object.keys(request.participantAttributes).length === 0 ? undefined : request.participantAttributes,
    addTracks: request.addTrackRequests,
    publisherOffer: request.publisherOffer,
    reconnect: request.reconnect,
    reconnectReason: request.reconnectReason,
    participantSid: request.participantSid,
    syncState: request.syncState,
  };
}

function unwrap(text: string): JoinRequest {
  const bytes = fromBase64Url(text, 'join_request');
  try {
    const wrapped = WrappedJoinRequest.fromBinary(bytes);
    const inner =
      wrapped.compression === WrappedJoinRequest_Compression.GZIP ? inflate(wrapped.joinRequest) : wrapped.joinRequest;
    if (inner.length > maxJoinRequestBytes) throw tooLarge();
    return JoinRequest.fromBinary(inner);
  } catch (cause) {
    if (cause instanceof ChroomError) throw cause;
    throw bad('join_request as base64url of a livekit.WrappedJoinRequest', 'bytes that are not one', cause);
  }
}

function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxJoinRequestBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw cause;
  }
}

function tooLarge(): ChroomError {
  return new ChroomError(
    'PAYLOAD_TOO_LARGE',
    `Expected a join_request of at most ${maxJoinRequestBytes} bytes after inflate.`,
  );
}

function fromQuery(query: URLSearchParams): JoinParameters {
  const reconnect = flag(query, 'reconnect', false);
  return {
    mode: 'dual',
    client: clientFromQuery(query),
    autoSubscribe: flag(query, 'auto_subscribe', true),
    adaptiveStream: flag(query, 'adaptive_stream', false),
    subscriberAllowPause: flag(query, 'subscriber_allow_pause', false),
    attributes: attributesFromQuery(query.get('attributes')),
    addTracks: [],
    reconnect,
    reconnectReason: reconnectReason(query.get('reconnect_reason')),
    participantSid: query.get('sid') ?? '',
  };
}

function clientFromQuery(query: URLSearchParams): ClientInfo {
  const text = (name: string) => (query.get(name) ?? '').slice(0, 256);
  return new ClientInfo({
    sdk: sdkFromName(text('sdk')),
    version: text('version'),
    protocol: wholeNumber(query, 'protocol'),
    clientProtocol: wholeNumber(query, 'client_protocol'),
    os: text('os'),
    osVersion: text('os_version'),
    deviceModel: text('device_model'),
    browser: text('browser'),
    browserVersion: text('browser_version'),
    network: text('network'),
    capabilities: text('capabilities')
      .split(',')
      .map(Number)
      .filter((value) => value !== 0 && ClientInfo_Capability[value] !== undefined),
  });
}

const sdkNames: Readonly<Record<string, ClientInfo_SDK>> = {
  js: ClientInfo_SDK.JS,
  swift: ClientInfo_SDK.SWIFT,
  ios: ClientInfo_SDK.SWIFT,
  android: ClientInfo_SDK.ANDROID,
  flutter: ClientInfo_SDK.FLUTTER,
  go: ClientInfo_SDK.GO,
  unity: ClientInfo_SDK.UNITY,
  reactnative: ClientInfo_SDK.REACT_NATIVE,
  rust: ClientInfo_SDK.RUST,
  python: ClientInfo_SDK.PYTHON,
  cpp: ClientInfo_SDK.CPP,
  unityweb: ClientInfo_SDK.UNITY_WEB,
  node: ClientInfo_SDK.NODE,
};

function sdkFromName(name: string): ClientInfo_SDK {
  return Object.hasOwn(sdkNames, name.toLowerCase()) ? sdkNames[name.toLowerCase()]! : ClientInfo_SDK.UNKNOWN;
}

function reconnectReason(text: string | null): ReconnectReason {
  const value = Number(text ?? 0);
  return ReconnectReason[value] === undefined ? ReconnectReason.RR_UNKNOWN : value;
}

function flag(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const value = query.get(name);
  return value === null || value === '' ? otherwise : value === '1' || value === 'true';
}

function wholeNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw bad(`${name} as a whole number`, text.slice(0, 20));
  return value;
}

function attributesFromQuery(text: string | null): Readonly<Record<string, string>> | undefined {
  if (text === null || text === '') return undefined;
  const bytes = fromBase64Url(text, 'attributes');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw bad('attributes as base64url of a JSON object', 'text that is not JSON', cause);
  }
  const isMap = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  if (!isMap || !Object.values(parsed as object).every((value) => typeof value === 'string')) {
    throw bad('attributes as a JSON object of strings', 'another shape');
  }
  return parsed as Record<string, string>;
}

function fromBase64Url(text: string, name: string): Uint8Array {
  if (!/^[A-Za-z0-9_\-+/]*={0,2}$/.test(text)) throw bad(`${name} in base64url`, 'other characters');
  return Buffer.from(text, 'base64url');
}

function bad(expected: string, got: string, cause?: unknown): ChroomError {
  return new ChroomError('INVALID_ARGUMENT', `Expected ${expected}, got ${got}.`, { cause });
}
