import { ChroomError } from '@chroom/protocol';
import { SignalRequest, SignalResponse } from '@livekit/protocol';

/** Bound of one signalling message, before and after inflate. */
export const maxSignalMessageBytes = 2 * 1024 * 1024;

export type FrameKind = 'binary' | 'text';

/**
 * One WebSocket message to a request. Binary is protobuf, text is proto-JSON.
 * @throws ChroomError INVALID_ARGUMENT or PAYLOAD_TOO_LARGE.
 */
export function readSignalRequest(kind: FrameKind, bytes: Uint8Array): SignalRequest {
  if (bytes.length > maxSignalMessageBytes) {
    throw new ChroomError(
      'PAYLOAD_TOO_LARGE',
      `Expected a signalling message of at most ${maxSignalMessageBytes} bytes, got ${bytes.length}.`,
    );
  }
  try {
    if (kind === 'binary') return SignalRequest.fromBinary(bytes);
    return SignalRequest.fromJsonString(new TextDecoder('utf-8', { fatal: true }).decode(bytes), {
      ignoreUnknownFields: true,
    });
  } catch (cause) {
    const format = kind === 'binary' ? 'a livekit.SignalRequest in protobuf' : 'a livekit.SignalRequest in proto-JSON';
    throw new ChroomError('INVALID_ARGUMENT', `Expected ${format}, got ${bytes.length} bytes that are not one.`, {
      cause,
    });
  }
}

/** A broadcast is one message object for all its receivers: its bytes are made once. */
const sharedBytes = new WeakMap<object, Uint8Array>();

/** @param message never changed after it was sent. */
export function writeSignalResponse(kind: FrameKind, message: SignalResponse['message']): Uint8Array | string {
  if (kind === 'text') return new SignalResponse({ message }).toJsonString();
  const known = sharedBytes.get(message);
  if (known) return known;
  const bytes = new SignalResponse({ message }).toBinary();
  sharedBytes.set(message, bytes);
  return bytes;
}
