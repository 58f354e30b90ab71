import { z } from 'zod';

export type Hex = `0x${string}`;

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

export const U64_MAX = 2n ** 64n - 1n;

/** An unsigned 64-bit number: a decimal text in JSON, a bigint inside. */
export const u64 = z.codec(z.string().regex(/^(0|[1-9][0-9]{0,19})$/), z.bigint().min(0n).max(U64_MAX), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});

export const u32 = z.number().int().min(0).max(0xffff_ffff);

/** Milliseconds since 1970, up to the year 2255: exact as a JavaScript number. */
export const unixTimeMs = z.number().int().min(0).max(9_000_000_000_000);

/** 32 bytes: 0x and 64 lower-case digits. */
export const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<Hex, Hex>;

/** r, s, v: 0x and 130 lower-case digits. */
export const signature65 = z.string().regex(/^0x[0-9a-f]{130}$/) as unknown as z.ZodType<Hex, Hex>;

/** 0x and 40 digits; compared without regard to case. */
export const accountAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/) as unknown as z.ZodType<Hex, Hex>;

export function sameAddress(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
