import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeWire, parseWire } from '@chroom/protocol';
import {
  cosignAnswerSchema,
  cosignRequestSchema,
  type Grant,
  hashGrant,
  settlementPaths,
} from '@chroom/protocol/proofs';
import { type CosignContext, decodeLeafFile, hashLeafFile, signAsMember, verifyBatchForCosign } from '@chroom/receipts';
import type { Hex } from 'viem';

export interface CosigningOrchestrator {
  readonly url: string;
  /** What the next requests get. */
  mood: 'signs' | 'refuses' | 'silent';
  /** Requests for a signature so far. */
  readonly asked: number;
  issue(grant: Grant): void;
  close(): Promise<void>;
}

/** The co-signing part of an orchestrator: it stores files by hash, checks every leaf and signs. */
export async function startCosigner(
  orchestratorKey: Hex,
  context: Omit<CosignContext, 'isOwnGrant'>,
): Promise<CosigningOrchestrator> {
  const files = new Map<string, Buffer>();
  const grants = new Set<Hex>();
  const state = { mood: 'signs' as CosigningOrchestrator['mood'], asked: 0 };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (state.mood === 'silent') return;
    if (state.mood === 'refuses') return void response.writeHead(409).end('{"code":"RECEIPT_REFUSED","message":"no"}');
    if (request.method === 'PUT') {
      const hash = hashLeafFile(body);
      files.set(hash, body);
      return void response.writeHead(request.url === `${settlementPaths.leafFiles}/${hash}` ? 204 : 400).end();
    }
    state.asked++;
    const { header, nodeSignature } = parseWire(cosignRequestSchema, JSON.parse(body.toString()), 'request');
    const leaves = decodeLeafFile(files.get(header.data)!);
    const isOwnGrant = (hash: Hex) => grants.has(hash);
    const verdict = verifyBatchForCosign(leaves, header, nodeSignature, { ...context, isOwnGrant });
    if (!verdict.ok) return void response.writeHead(409).end(JSON.stringify(verdict));
    const orchSignature = signAsMember(orchestratorKey, context.digests.header(header));
    response.writeHead(200).end(JSON.stringify(encodeWire(cosignAnswerSchema, { orchSignature })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get mood() {
      return state.mood;
    },
    set mood(mood) {
      state.mood = mood;
    },
    get asked() {
      return state.asked;
    },
    issue: (grant) => void grants.add(hashGrant(grant)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
