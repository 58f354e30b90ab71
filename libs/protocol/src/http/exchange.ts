import http from 'node:http';
import https from 'node:https';

/** A request that may be repeated, and whose answer is wanted as a whole. */
export interface HttpExchange {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From a request to the last byte of its answer; one that is sent again has as long. */
  readonly deadlineMs: number;
  readonly answerMaxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks a service that is asked again and again. Takes half of the processor time of `fetch`, which counts where a media node
 * does it several times a second. Connections are kept; when a kept one fails before an answer begins, as one that the other
 * end has closed meanwhile does, the request is sent once more. Redirects are answers.
 * @throws Error when there is no connection, no whole answer before the deadline, or one that is too long
 */
export async function exchange(url: string, wish: HttpExchange): Promise<HttpAnswer> {
  try {
    return await send(url, wish);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return await send(url, wish);
  }
}

/** A kept connection failed before an answer began. */
class StaleConnection extends Error {}

function send(url: string, { method, headers, body, deadlineMs, answerMaxBytes }: HttpExchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http;
    const sent = request(url, { method, headers: { ...headers } });
    const giveUp = (reason: string) => {
      reject(new Error(reason));
      sent.destroy();
    };
    const deadline = setTimeout(() => giveUp(`no answer within ${deadlineMs} ms`), deadlineMs);
    sent.once('close', () => clearTimeout(deadline));
    sent.on('error', (error) => {
      reject(sent.reusedSocket ? new StaleConnection(error.message, { cause: error }) : firstOf(error));
    });
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerMaxBytes) giveUp(`the answer is longer than ${answerMaxBytes} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.end(body);
  });
}

/** A name with several addresses fails once for each of them, in an error that says nothing. */
function firstOf(error: Error): Error {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}
