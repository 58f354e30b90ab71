import { z } from 'zod';
import { type ErrorCode, errorCatalog } from '../errors/catalog.js';
import { ChroomError } from '../errors/chroom-error.js';
import { exchange, type HttpAnswer } from '../http/exchange.js';
import { errorBodySchema } from '../registry-api/registry-api.js';
import { parseWire } from '../wire/parse-wire.js';

const answerMaxBytes = 64 * 1024;

/**
 * One POST to the registry.
 * @throws ChroomError with the code that the registry refused with, or REGISTRY_UNAVAILABLE when it did not answer.
 */
export async function postToRegistry<Schema extends z.ZodType>(
  url: string,
  body: unknown,
  answer: Schema,
  timeoutMs: number,
): Promise<z.output<Schema>> {
  const { status, text } = await post(url, JSON.stringify(body), timeoutMs);
  const json = parseJson(url, text);
  if (status < 200 || status > 299) throw refusalOf(url, status, json);
  return parseWire(answer, json, `answer of ${url}`);
}

/** Opens a watch stream. @throws as `postToRegistry`. */
export async function openRegistryStream(
  url: string,
  cursor: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (cursor) headers['last-event-id'] = cursor;
  const response = await reach(url, { headers, signal });
  if (!response.ok || !response.body) throw refusalOf(url, response.status, await readJson(url, response));
  return response.body;
}

async function post(url: string, body: string, deadlineMs: number): Promise<HttpAnswer> {
  try {
    return await exchange(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      deadlineMs,
      answerMaxBytes,
    });
  } catch (cause) {
    throw unavailable(url, cause);
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw unavailable(url, cause);
  }
}

async function readJson(url: string, response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > answerMaxBytes) throw new Error(`the answer is longer than ${answerMaxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw unavailable(url, cause);
  }
  return parseJson(url, Buffer.concat(chunks).toString('utf8'));
}

function parseJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unavailable(url, cause);
  }
}

function refusalOf(url: string, status: number, json: unknown): ChroomError {
  const body = errorBodySchema.safeParse(json);
  if (body.success && body.data.code in errorCatalog) {
    return new ChroomError(body.data.code as ErrorCode, body.data.message);
  }
  return new ChroomError('REGISTRY_UNAVAILABLE', `${url} answered with HTTP status ${status} and no coded error.`);
}

function unavailable(url: string, cause: unknown): ChroomError {
  return new ChroomError('REGISTRY_UNAVAILABLE', `${url} does not answer. Known members stay in use.`, { cause });
}
