import { z } from 'zod';
import { ChroomError } from '../errors/chroom-error.js';

/**
 * JSON from outside to a typed value.
 * @throws ChroomError INVALID_ARGUMENT that names the first wrong field and what was expected.
 */
export function parseWire<Schema extends z.ZodType>(schema: Schema, value: unknown, subject: string): z.output<Schema> {
  const parsed = z.safeDecode(schema, value as z.input<Schema>);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.length ? issue.path.join('.') : 'the whole value';
  throw new ChroomError('INVALID_ARGUMENT', `The ${subject} cannot be used: ${field}: ${issue?.message ?? 'wrong'}.`, {
    cause: parsed.error,
  });
}

/** A typed value to plain JSON data (64-bit numbers become decimal text). */
export function encodeWire<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): z.input<Schema> {
  return z.encode(schema, value);
}
