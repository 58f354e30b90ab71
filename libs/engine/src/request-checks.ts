import { isIP } from 'node:net';
import { control } from '@chroom/protocol';
import { EngineError } from './engine-error.js';
import type { MediaEngineConfig } from './media-engine.js';

// What the engine refuses is refused here first, in words. Bounds repeat those of native/src/engine/commands.h.

const MAX_ID_BYTES = 64;
const MAX_IDENTITY_BYTES = 256;
const MAX_DATA_PACKET_BYTES = 64_000;
const MAX_ENCODINGS = 4;
const MAX_CODECS = 16;
const MAX_PAYLOAD_MAPPINGS = 32;
const MAX_HEADER_EXTENSIONS = 32;
const MAX_FINGERPRINTS = 8;
const MAX_DESTINATIONS = 1000;
const ICE_CHARACTERS = /^[A-Za-z0-9+/]+$/;
const FINGERPRINT = /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+$/;

export function checkConfig(config: MediaEngineConfig): void {
  if (config.workers !== undefined) expectInteger('workers', config.workers, 1, 64);
  if (config.udpPort !== undefined) {
    expectInteger('udpPort', config.udpPort, 0, 65_535);
    if (config.udpPort > 0)
      expectInteger('udpPort + workers - 1', config.udpPort + (config.workers ?? 1) - 1, 1, 65_535);
  }
  for (const [name, addresses, atLeast] of [
    ['bindAddresses', config.bindAddresses, 1],
    ['advertisedAddresses', config.advertisedAddresses, 0],
  ] as const) {
    if (addresses === undefined) continue;
    expectCount(name, addresses.length, atLeast, 4);
    for (const address of addresses) {
      if (isIP(address) === 0) refuse('an IPv4 or IPv6 literal', name, JSON.stringify(address));
    }
  }
  expectCount('workerCpus', config.workerCpus?.length ?? 0, 0, 64);
  for (const cpu of config.workerCpus ?? []) expectInteger('workerCpus', cpu, 0, 1023);
  if (config.largeRoomSessions !== undefined) expectInteger('largeRoomSessions', config.largeRoomSessions, 1, 100_000);
  for (const [name, value] of Object.entries(config.limits ?? {})) expectInteger(`limits.${name}`, value, 1, 100_000);
}

interface InRoom {
  fence?: { room: string };
}
interface OfSession extends InRoom {
  session: string;
}

export function checkRoom(request: InRoom): void {
  expectId('fence.room', request.fence?.room ?? '');
}

export function checkSession(request: OfSession): void {
  checkRoom(request);
  expectId('session', request.session);
}

export function checkCreateSession(request: control.CreateSessionRequest): void {
  checkSession(request);
  const bytes = Buffer.byteLength(request.identity);
  if (bytes < 1 || bytes > MAX_IDENTITY_BYTES) {
    refuse(`1 to ${MAX_IDENTITY_BYTES} bytes of UTF-8`, 'identity', `${bytes} bytes`);
  }
}

export function checkTransport(request: OfSession & { role: control.TransportRole }): void {
  checkSession(request);
  expectOneOf('role', request.role, control.TransportRole, [1, 2]);
}

export function checkConnectTransport(request: control.ConnectTransportRequest): void {
  checkTransport(request);
  expectIce('remote_ice.username_fragment', request.remoteIce?.usernameFragment ?? '', 4);
  expectIce('remote_ice.password', request.remoteIce?.password ?? '', 22);
  expectCount('remote_fingerprints', request.remoteFingerprints.length, 1, MAX_FINGERPRINTS);
  for (const fingerprint of request.remoteFingerprints) {
    if (!/^sha-(256|384|512)$/i.test(fingerprint.algorithm)) {
      refuse('sha-256, sha-384 or sha-512', 'remote_fingerprints.algorithm', JSON.stringify(fingerprint.algorithm));
    }
    if (!FINGERPRINT.test(fingerprint.value)) {
      refuse('hex pairs with colons', 'remote_fingerprints.value', JSON.stringify(fingerprint.value));
    }
  }
  expectOneOf('local_dtls_role', request.localDtlsRole, control.DtlsRole, [1, 2]);
  expectCount('header_extensions', request.headerExtensions.length, 0, MAX_HEADER_EXTENSIONS);
  for (const extension of request.headerExtensions) expectInteger('header_extensions.id', extension.id, 1, 255);
  expectInteger('remote_sctp_port', request.remoteSctpPort, 0, 65_535);
}

export function checkTrack(request: OfSession & { track: string }): void {
  checkSession(request);
  expectId('track', request.track);
}

export function checkPublish(request: control.PublishRequest): void {
  checkTrack(request);
  checkTransport(request);
  expectOneOf('kind', request.kind, control.MediaKind, [1, 2]);
  expectMid(request.mid);
  expectCount('codecs', request.codecs.length, 1, MAX_CODECS);
  for (const codec of request.codecs) {
    expectInteger('codecs.payload_type', codec.payloadType, 0, 127);
    expectInteger('codecs.rtx_payload_type', codec.rtxPayloadType, 0, 127);
    expectInteger('codecs.clock_rate', codec.clockRate, 8000, 192_000);
    if (!/^(audio|video)\/[\w.-]{1,32}$/i.test(codec.mimeType)) {
      refuse('a type like video/VP8', 'codecs.mime_type', JSON.stringify(codec.mimeType));
    }
  }
  expectCount('encodings', request.encodings.length, 1, MAX_ENCODINGS);
  for (const encoding of request.encodings) {
    expectInteger('encodings.quality', encoding.quality, 0, 2);
    if (encoding.rid !== '' && !/^[A-Za-z0-9]{1,16}$/.test(encoding.rid)) {
      refuse('1 to 16 letters and digits, or nothing', 'encodings.rid', JSON.stringify(encoding.rid));
    }
    if (encoding.ssrc === 0 && encoding.rid === '' && request.encodings.length > 1) {
      refuse('an ssrc or a rid for each of several', 'encodings', 'one with neither');
    }
  }
}

export function checkSubscribe(request: control.SubscribeRequest): void {
  checkTrack(request);
  checkTransport(request);
  expectMid(request.mid);
  expectCount('payloads', request.payloads.length, 1, MAX_PAYLOAD_MAPPINGS);
  for (const mapping of request.payloads) {
    expectInteger('payloads.published', mapping.published, 0, 127);
    expectInteger('payloads.subscribed', mapping.subscribed, 0, 127);
    expectInteger('payloads.subscribed_rtx', mapping.subscribedRtx, 0, 127);
  }
  expectInteger('max_quality', request.maxQuality, 0, 2);
}

export function checkUpdateSubscription(request: control.UpdateSubscriptionRequest): void {
  checkTrack(request);
  expectInteger('max_quality', request.maxQuality, 0, 2);
  expectInteger('max_fps', request.maxFps, 0, 1000);
}

export function checkSendData(request: control.SendDataRequest): void {
  checkRoom(request);
  if (request.packet.length < 1 || request.packet.length > MAX_DATA_PACKET_BYTES) {
    refuse(`1 to ${MAX_DATA_PACKET_BYTES} bytes`, 'packet', `${request.packet.length} bytes`);
  }
  expectCount('destination_sessions', request.destinationSessions.length, 0, MAX_DESTINATIONS);
  for (const session of request.destinationSessions) expectId('destination_sessions', session);
}

function expectId(field: string, value: string): void {
  if (!/^[\x21-\x7e]+$/.test(value) || value.length > MAX_ID_BYTES) {
    refuse(`1 to ${MAX_ID_BYTES} printable ASCII characters`, field, JSON.stringify(value.slice(0, 80)));
  }
}

function expectMid(mid: string): void {
  if (!/^[\x21-\x7e]{1,16}$/.test(mid)) refuse('1 to 16 printable ASCII characters', 'mid', JSON.stringify(mid));
}

function expectIce(field: string, value: string, atLeast: number): void {
  if (value.length < atLeast || value.length > 256 || !ICE_CHARACTERS.test(value)) {
    refuse(`${atLeast} to 256 ICE characters`, field, `${value.length} characters`);
  }
}

function expectInteger(field: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    refuse(`an integer ${least}..${most}`, field, String(value));
  }
}

function expectCount(field: string, count: number, least: number, most: number): void {
  if (count < least || count > most) refuse(`${least} to ${most} entries`, field, String(count));
}

function expectOneOf(field: string, value: number, names: Record<number, string>, allowed: readonly number[]): void {
  if (!allowed.includes(value)) refuse(allowed.map((number) => names[number]).join(' or '), field, String(value));
}

function refuse(expected: string, field: string, received: string): never {
  throw new EngineError('INVALID_ARGUMENT', `expected ${expected} for ${field}, received ${received}`, field);
}
