import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The JSON form of a wire schema, for OpenAPI pages. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'openapi-3.0',
  });
  return json;
}
