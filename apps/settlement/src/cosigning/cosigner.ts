import { encodeWire, exchange, type HttpExchange, parseWire } from '@chroom/protocol';
import {
  type BatchHeader,
  cosignAnswerSchema,
  cosignRequestSchema,
  encodeSignedHeader,
  settlementPaths,
  signedHeaderName,
} from '@chroom/protocol/proofs';
import type { Hex } from 'viem';

/** An orchestrator that checks a batch and signs its header. Rejects with a reason when it does not. */
export abstract class Cosigner {
  abstract cosign(header: BatchHeader, nodeSignature: Hex, leafFile: Buffer): Promise<Hex>;
}

const requestTimeoutMs = 15_000;
const answerMaxBytes = 4_096;

/** Over HTTP: the leaf file is put under its hash, then the header is shown. Both requests may be repeated. */
export class HttpCosigner extends Cosigner {
  constructor(
    private readonly url: string,
    private readonly timeoutMs = requestTimeoutMs,
  ) {
    super();
  }

  override async cosign(header: BatchHeader, nodeSignature: Hex, leafFile: Buffer): Promise<Hex> {
    await this.request(`${settlementPaths.leafFiles}/${header.data}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        [signedHeaderName]: encodeSignedHeader({ header, nodeSignature }),
      },
      body: leafFile,
    });
    const answer = await this.request(settlementPaths.cosign, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(encodeWire(cosignRequestSchema, { header, nodeSignature })),
    });
    return parseWire(cosignAnswerSchema, JSON.parse(answer), 'co-signature').orchSignature;
  }

  private async request(path: string, wish: Pick<HttpExchange, 'method' | 'headers' | 'body'>): Promise<string> {
    const { status, text } = await exchange(`${this.url}${path}`, {
      ...wish,
      deadlineMs: this.timeoutMs,
      answerMaxBytes,
    });
    const isFine = status >= 200 && status < 300;
    if (!isFine) throw new Error(`${wish.method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    return text;
  }
}
