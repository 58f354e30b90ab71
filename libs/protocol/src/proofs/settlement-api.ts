import { z } from 'zod';
import { ChroomError } from '../errors/chroom-error.js';
import { encodeWire, parseWire } from '../wire/parse-wire.js';
import { bytes32, type Hex, u32, u64 } from '../wire/wire-values.js';
import type { BatchHeader } from './batch.js';

const u96 = z.codec(
  z.string().regex(/^(0|[1-9][0-9]{0,28})$/),
  z
    .bigint()
    .min(0n)
    .max(2n ** 96n - 1n),
  { decode: (text) => BigInt(text), encode: (value) => value.toString() },
);

/** EIP-2098: 0x and 128 lower-case digits. */
export const signature64 = z.string().regex(/^0x[0-9a-f]{128}$/) as unknown as z.ZodType<Hex, Hex>;

/** A batch header in JSON: 64 and 96 bit numbers are decimal texts. */
export const batchHeaderSchema = z.strictObject({
  nodeId: u64,
  orchId: u64,
  epoch: u32,
  leaves: u32,
  value: u96,
  volume: u64,
  slots: u64,
  root: bytes32,
  data: bytes32,
}) satisfies z.ZodType<BatchHeader, unknown>;

/** The node's operator asks the orchestrator to sign; the leaf file of hash `header.data` was put before. */
export const cosignRequestSchema = z.strictObject({ header: batchHeaderSchema, nodeSignature: signature64 });
export type CosignRequest = z.output<typeof cosignRequestSchema>;
export const cosignAnswerSchema = z.strictObject({ orchSignature: signature64 });

/**
 * HTTP header of a leaf file that is put at the co-signer: the request to co-sign that will follow. The node's signature
 * says who brings the file, its batch header how long the file is and what its hash must be.
 */
export const signedHeaderName = 'x-chroom-batch';
const signedHeaderMaxChars = 4_096;

export function encodeSignedHeader(request: CosignRequest): string {
  return Buffer.from(JSON.stringify(encodeWire(cosignRequestSchema, request))).toString('base64url');
}

/** @throws ChroomError INVALID_ARGUMENT. The signature is not verified here. */
export function decodeSignedHeader(text: string): CosignRequest {
  let json: unknown;
  try {
    json =
      text.length <= signedHeaderMaxChars ? JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) : undefined;
  } catch {
    // Refused below, with what was expected.
  }
  if (json === undefined) {
    throw new ChroomError(
      'INVALID_ARGUMENT',
      `${signedHeaderName}: expected a signed batch header as JSON in base64url`,
    );
  }
  return parseWire(cosignRequestSchema, json, signedHeaderName);
}

/** What became of the leaves of one delivery; those that are not named were kept. */
export const leafDeliverySchema = z.strictObject({
  kept: u32,
  /** Not newer than what is kept already. */
  known: u32,
  refused: z.array(z.strictObject({ index: u32, code: z.string().max(64), message: z.string().max(1000) })),
});
export type LeafDelivery = z.output<typeof leafDeliverySchema>;

/** Paths of `apps/settlement` (leaves, leafFiles) and of the co-signing orchestrator (leafFiles, cosign). */
export const settlementPaths = {
  /** POST, operator's nodes: packed leaves one after the other, application/octet-stream. */
  leaves: '/v1/leaves',
  /** GET by anybody; PUT /:hash at the co-signer. */
  leafFiles: '/v1/leaf-files',
  /** POST at the co-signer. */
  cosign: '/v1/batches/cosign',
} as const;
