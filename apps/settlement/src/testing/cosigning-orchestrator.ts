import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeWire, parseWire } from '@chroom/protocol';
import {
  batchKey,
  type CosignRequest,
  cosignAnswerSchema,
  cosignRequestSchema,
  decodeSignedHeader,
  hashBatchHeader,
  type Leaf,
  type Standard,
  settlementPaths,
  signedHeaderName,
} from '@chroom/protocol/proofs';
import {
  type CosignContext,
  decodeLeafFile,
  hashLeafFile,
  orderReceipt,
  recoverMember,
  signAsMember,
  verifyBatchForCosign,
} from '@chroom/receipts';
import type { Address, Hex } from 'viem';

export interface CosigningOrchestrator {
  readonly url: string;
  /** What the next requests get. */
  mood: 'signs' | 'refuses' | 'silent';
  /** Requests for a signature so far. */
  readonly asked: number;
  /** The orchestrator has signed this receipt, or relayed it. */
  issue(leaf: Leaf): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
}

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ code, message }),
});

export interface ModelContext extends Omit<CosignContext, 'ownReceipt' | 'nodeSigner' | 'standard'> {
  /** As the chain says, both of them. */
  standardAt(epoch: number): Promise<Standard>;
  nodeSignerAt(nodeId: bigint, epoch: number): Promise<Address | undefined>;
}

/** The co-signing part of an orchestrator in memory: files by hash, its own receipts, one header for each batch. */
class ModelCosigner {
  private readonly files = new Map<string, Buffer>();
  private readonly own = new Map<string, Leaf>();
  private readonly signed = new Map<Hex, Hex>();

  constructor(
    private readonly orchestratorKey: Hex,
    private readonly context: ModelContext,
  ) {}

  issue(leaf: Leaf): void {
    const key = `${leaf.receipt.epoch} ${leaf.receipt.grant}`;
    const before = this.own.get(key);
    if (!before || orderReceipt(before.receipt, leaf.receipt) === 'newer') this.own.set(key, leaf);
  }

  async put(hash: string, signedHeader: string | undefined, body: Buffer): Promise<Answer> {
    if (!signedHeader) return refusal(401, 'TOKEN_MISSING', 'no signed header');
    const request = decodeSignedHeader(signedHeader);
    const node = await this.authenticate(request);
    if (typeof node !== 'string') return node;
    if (request.header.data !== hash) return refusal(400, 'INVALID_ARGUMENT', 'another file than the header names');
    const size = request.header.leaves * 358;
    if (body.length > size) return refusal(413, 'PAYLOAD_TOO_LARGE', `expected ${size} bytes`);
    if (hashLeafFile(body) !== hash) return refusal(400, 'INVALID_ARGUMENT', 'other bytes than the hash names');
    this.files.set(hash, body);
    return { status: 204 };
  }

  get(hash: string): Answer {
    const body = this.files.get(hash);
    return body ? { status: 200, body } : refusal(404, 'LEAF_FILE_UNKNOWN', hash);
  }

  async cosign(body: Buffer): Promise<Answer> {
    const request = parseWire(cosignRequestSchema, JSON.parse(body.toString()), 'request');
    const nodeSigner = await this.authenticate(request);
    if (typeof nodeSigner !== 'string') return nodeSigner;
    const { header, nodeSignature } = request;
    const file = this.files.get(header.data);
    if (!file) return refusal(404, 'LEAF_FILE_UNKNOWN', header.data);
    const verdict = verifyBatchForCosign(decodeLeafFile(file), header, nodeSignature, {
      ...this.context,
      standard: await this.context.standardAt(header.epoch),
      nodeSigner,
      ownReceipt: (hash) => this.own.get(`${header.epoch} ${hash}`),
    });
    if (!verdict.ok) return refusal(409, 'COSIGN_REFUSED', `${verdict.fault}: ${verdict.message}`);
    const key = batchKey(header.nodeId, header.orchId, header.epoch);
    const hash = hashBatchHeader(header);
    if ((this.signed.get(key) ?? hash) !== hash) return refusal(409, 'COSIGN_REFUSED', 'Equivocation: another header');
    this.signed.set(key, hash);
    const orchSignature = signAsMember(this.orchestratorKey, this.context.digests.header(header));
    return { status: 200, body: JSON.stringify(encodeWire(cosignAnswerSchema, { orchSignature })) };
  }

  /** The signer of the node that asks, or why it gets nothing. */
  private async authenticate({ header, nodeSignature }: CosignRequest): Promise<Address | Answer> {
    const { orchId, digests } = this.context;
    if (header.orchId !== orchId) return refusal(409, 'COSIGN_REFUSED', 'Orch: towards another');
    const nodeSigner = await this.context.nodeSignerAt(header.nodeId, header.epoch);
    const isSigned = recoverMember(digests.header(header), nodeSignature) === nodeSigner?.toLowerCase();
    return nodeSigner && isSigned ? nodeSigner : refusal(409, 'COSIGN_REFUSED', 'NodeSig: not signed by the node');
  }
}

/** Serves a model co-signer on a port of its own. */
export async function startCosigner(orchestratorKey: Hex, context: ModelContext): Promise<CosigningOrchestrator> {
  const model = new ModelCosigner(orchestratorKey, context);
  const state = { mood: 'signs' as CosigningOrchestrator['mood'], asked: 0 };
  const answer = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const hash = request.url!.slice(settlementPaths.leafFiles.length + 1);
    if (request.method === 'GET') return model.get(hash);
    if (state.mood === 'refuses') return refusal(409, 'COSIGN_REFUSED', 'no');
    if (request.method === 'PUT') return model.put(hash, request.headers[signedHeaderName] as string | undefined, body);
    state.asked++;
    return model.cosign(body);
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (state.mood === 'silent') return;
    try {
      const { status, body: text } = await answer(request, body);
      response.writeHead(status).end(text);
    } catch (error) {
      const { status, body: text } = refusal(400, 'INVALID_ARGUMENT', String(error));
      response.writeHead(status).end(text);
    }
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
    issue: (leaf) => model.issue(leaf),
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
