/**
 * What the workers hand over: records of a 16-byte header (little endian: u32 payload bytes, u32 request id, u8 kind,
 * u8 error code, u16 zero, u32 zero) and a payload, padded to 8 bytes. native/src/engine/event_ring.h writes them.
 */
export type EngineRecord =
  | { readonly kind: 'result'; readonly requestId: number; readonly payload: Uint8Array }
  | { readonly kind: 'error'; readonly requestId: number; readonly code: number; readonly detail: string }
  | { readonly kind: 'event'; readonly payload: Uint8Array };

const HEADER_BYTES = 16;
const KIND_RESULT = 0;
const KIND_ERROR = 1;
const KIND_EVENT = 2;

const text = new TextDecoder();

/** The records of one batch, in order. Payloads are views into `batch`. */
export function* readRecords(batch: Uint8Array): Generator<EngineRecord> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  let offset = 0;
  while (offset < batch.byteLength) {
    const payloadBytes = view.getUint32(offset, true);
    const requestId = view.getUint32(offset + 4, true);
    const kind = view.getUint8(offset + 8);
    const code = view.getUint8(offset + 9);
    const payload = batch.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + payloadBytes);
    offset += HEADER_BYTES + ((payloadBytes + 7) & ~7);
    if (kind === KIND_RESULT) yield { kind: 'result', requestId, payload };
    else if (kind === KIND_ERROR) yield { kind: 'error', requestId, code, detail: text.decode(payload) };
    else if (kind === KIND_EVENT) yield { kind: 'event', payload };
    else throw new Error(`expected a record of kind 0, 1 or 2 from the engine, received ${kind}`);
  }
}
