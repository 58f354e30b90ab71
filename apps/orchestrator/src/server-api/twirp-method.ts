import { ChroomError } from '@chroom/protocol';
import type { AccessClaims } from '../access/access-tokens.port.js';

/** A message of @livekit/protocol, whose runtime is a major version of its own. */
interface WireMessage {
  toBinary(): Uint8Array;
  toJson(): unknown;
}

interface WireType<Request> {
  readonly typeName: string;
  fromBinary(bytes: Uint8Array): Request;
  fromJson(json: never, options: { readonly ignoreUnknownFields: boolean }): Request;
}

export type WireFormat = 'json' | 'protobuf';

/** One method: a request in bytes to an answer in bytes, in the same format. */
export type TwirpMethod = (claims: AccessClaims, format: WireFormat, body: Buffer) => Promise<Buffer>;

/**
 * Parses the request (JSON in camelCase or snake_case, unknown fields ignored; or protobuf), runs `call`, writes the
 * answer in the same format.
 */
export function twirpMethod<Request>(
  type: WireType<Request>,
  call: (claims: AccessClaims, request: Request) => Promise<WireMessage>,
): TwirpMethod {
  return async (claims, format, body) => {
    const answer = await call(claims, parse(type, format, body));
    return format === 'json' ? Buffer.from(JSON.stringify(answer.toJson())) : Buffer.from(answer.toBinary());
  };
}

function parse<Request>(type: WireType<Request>, format: WireFormat, body: Buffer): Request {
  try {
    if (format === 'protobuf') return type.fromBinary(new Uint8Array(body));
    const text = body.toString('utf8');
    return type.fromJson(JSON.parse(text === '' ? '{}' : text) as never, { ignoreUnknownFields: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChroomError('INVALID_ARGUMENT', `the body is no ${type.typeName} in ${format}: ${reason}`, { cause });
  }
}
