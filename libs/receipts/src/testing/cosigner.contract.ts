import { encodeWire } from '@chroom/protocol';
import type { BatchHeader, CosignRequest, EpochClock, Leaf, Receipt } from '@chroom/protocol/proofs';
import {
  cosignRequestSchema,
  encodeSignedHeader,
  settlementPaths,
  signedHeaderName,
  startStandard,
} from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { assembleBatch } from '../batches/assemble-batch.js';
import { encodeLeafFile, hashLeafFile } from '../batches/leaf-file.js';
import { recoverMember, signAsMember } from '../signing/member-signature.js';
import type { ProofDigests } from '../signing/proof-digests.js';
import { signLeaf, testKey } from './signed-leaves.js';

/** A co-signer of one orchestrator that knows one node, served over HTTP. */
export interface CosignerUnderTest {
  readonly url: string;
  readonly digests: ProofDigests;
  readonly clock: EpochClock;
  readonly nodeId: bigint;
  readonly orchId: bigint;
  readonly nodeKey: Hex;
  readonly orchKey: Hex;
  /** An epoch in which receipts are signed. */
  readonly epoch: number;
  /** The orchestrator has signed this class 2 leaf. */
  issue(leaf: Leaf): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly fault: string;
  readonly orchSignature: Hex | undefined;
}

/** The subset of Jest that the suite needs, so that whoever runs it brings its own. */
export interface CosignerTestRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  beforeEach(body: () => Promise<void>, timeoutMs: number): void;
  afterEach(body: () => Promise<void>): void;
  // biome-ignore lint/suspicious/noExplicitAny: Jest's matchers, whichever version runs them
  expect: any;
}

/** What every co-signer must do: the model in the specs of settlement, and the orchestrator itself. */
export function describeCosigner(
  { describe, it, beforeEach, afterEach, expect }: CosignerTestRunner,
  name: string,
  start: () => Promise<CosignerUnderTest>,
): void {
  describe(`a co-signer: ${name}`, () => {
    let it_: CosignerUnderTest;
    let leaves: Leaf[];
    beforeEach(async () => {
      it_ = await start();
      leaves = [leafOf(1), leafOf(2), leafOf(3)];
      for (const leaf of leaves) await it_.issue(leaf);
    }, 60_000);
    afterEach(() => it_.close());

    const leafOf = (session: number, receipt: Partial<Receipt> = {}): Leaf =>
      signLeaf({
        digests: it_.digests,
        orchestratorKey: it_.orchKey,
        session,
        grant: { nodeId: it_.nodeId, orchId: it_.orchId, notBefore: it_.clock.startSec },
        receipt: { epoch: it_.epoch, seq: 5, ...receipt },
      });
    const batchOf = (of: readonly Leaf[], changed: Partial<BatchHeader> = {}) => {
      const { nodeId, orchId, epoch } = it_;
      const { header, leafFile } = assembleBatch({ nodeId, orchId, epoch }, of, startStandard);
      return { header: { ...header, ...changed }, leafFile };
    };
    const signed = (header: BatchHeader, key = it_.nodeKey): CosignRequest => ({
      header,
      nodeSignature: signAsMember(key, it_.digests.header(header)),
    });
    const put = async (request: CosignRequest | undefined, file: Uint8Array, name = hashLeafFile(file)) =>
      answerOf(
        await fetch(`${it_.url}${settlementPaths.leafFiles}/${name}`, {
          method: 'PUT',
          headers: {
            'content-type': 'application/octet-stream',
            ...(request && { [signedHeaderName]: encodeSignedHeader(request) }),
          },
          body: new Uint8Array(file),
        }),
      );
    const ask = async (request: CosignRequest) =>
      answerOf(
        await fetch(`${it_.url}${settlementPaths.cosign}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(encodeWire(cosignRequestSchema, request)),
        }),
      );
    /** Puts the file and asks, as settlement does. */
    const cosign = async (of: readonly Leaf[], changed: Partial<BatchHeader> = {}) => {
      const { header, leafFile } = batchOf(of, changed);
      expect((await put(signed(header), leafFile)).status).toBe(204);
      return ask(signed(header));
    };

    it('signs what it has signed leaf by leaf, and serves the file to anybody', async () => {
      const { header, leafFile } = batchOf(leaves);
      const { status, orchSignature } = await cosign(leaves);
      expect(status).toBe(200);
      expect(recoverMember(it_.digests.header(header), orchSignature!)).toBe(
        privateKeyToAddress(it_.orchKey).toLowerCase(),
      );
      const file = await fetch(`${it_.url}${settlementPaths.leafFiles}/${header.data}`);
      expect(hashLeafFile(new Uint8Array(await file.arrayBuffer()))).toBe(header.data);
      expect(leafFile.length).toBe(3 * 358);
    });

    it('gives the same signature when it is asked again', async () => {
      const first = await cosign(leaves);
      expect(await cosign(leaves)).toEqual(first);
    });

    it('signs one header for a batch, ever', async () => {
      await cosign(leaves);
      expect(await cosign(leaves.slice(0, 2))).toMatchObject({
        status: 409,
        code: 'COSIGN_REFUSED',
        fault: 'Equivocation',
      });
    });

    it('does not sign without the file', async () => {
      expect(await ask(signed(batchOf(leaves).header))).toMatchObject({ status: 404, code: 'LEAF_FILE_UNKNOWN' });
    });

    it('takes an earlier receipt of its own', async () => {
      await it_.issue(leafOf(1, { seq: 6, rxBytes: 1_100_000n }));
      expect((await cosign(leaves)).status).toBe(200);
    });

    const strangers: [string, () => Leaf, string][] = [
      ['a newer receipt that it never signed', () => leafOf(1, { seq: 6, rxBytes: 1_100_000n }), 'ReceiptUnknown'],
      ['other counters under a number that it used', () => leafOf(1, { rxBytes: 1_100_000n }), 'ReceiptUnknown'],
      [
        'an earlier receipt with more than it signed',
        () => leafOf(1, { seq: 4, rxBytes: 1_100_000n }),
        'ReceiptUnknown',
      ],
      ['a receipt of a session that it does not know', () => leafOf(4), 'GrantUnknown'],
    ];
    for (const [what, stranger, fault] of strangers) {
      it(`refuses ${what}, although its key has signed it`, async () => {
        expect(await cosign([stranger(), leaves[1]!, leaves[2]!])).toMatchObject({ code: 'COSIGN_REFUSED', fault });
      });
    }

    it('refuses an earlier receipt whose signature is not its own', async () => {
      const forged = { ...leafOf(1, { seq: 4 }), receiptSignature: leaves[1]!.receiptSignature };
      expect(await cosign([forged, leaves[1]!, leaves[2]!])).toMatchObject({ fault: 'ReceiptSig' });
    });

    const changes: [string, Partial<BatchHeader>][] = [
      ['value', { value: 1n }],
      ['volume', { volume: 1n }],
      ['slots', { slots: 1n }],
      ['root', { root: testKey('root') }],
    ];
    for (const [what, changed] of changes) {
      it(`refuses a header with another ${what} than its leaves give`, async () => {
        expect(await cosign(leaves, changed)).toMatchObject({ code: 'COSIGN_REFUSED', fault: 'Header' });
      });
    }

    it('refuses leaves in another order', async () => {
      const { header } = batchOf(leaves);
      const file = encodeLeafFile([...leaves].sort((a, b) => (a.receipt.grant < b.receipt.grant ? 1 : -1)));
      const changed = signed({ ...header, data: hashLeafFile(file) });
      expect((await put(changed, file)).status).toBe(204);
      expect(await ask(changed)).toMatchObject({ code: 'COSIGN_REFUSED', fault: 'Order' });
    });

    it('refuses batches towards others, and those that their node has not signed', async () => {
      const { header, leafFile } = batchOf(leaves);
      const elsewhere = signed({ ...header, orchId: 99n });
      const stolen = signed(header, testKey('stranger'));
      expect(await put(elsewhere, leafFile)).toMatchObject({ fault: 'Orch' });
      expect(await ask(elsewhere)).toMatchObject({ fault: 'Orch' });
      expect(await put(stolen, leafFile)).toMatchObject({ fault: 'NodeSig' });
      expect(await ask(stolen)).toMatchObject({ fault: 'NodeSig' });
    });

    it('takes no file without a signed header, nor another one than the header names', async () => {
      const { header, leafFile } = batchOf(leaves);
      expect(await put(undefined, leafFile)).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
      const other = batchOf(leaves.slice(0, 2)).leafFile;
      expect(await put(signed(header), other)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
      const changed = Buffer.from(leafFile);
      changed[100]! ^= 1;
      expect(await put(signed(header), changed, header.data)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT' });
      expect(await ask(signed(header))).toMatchObject({ code: 'LEAF_FILE_UNKNOWN' });
    });

    it('takes no file that is longer than its header says', async () => {
      const { header, leafFile } = batchOf(leaves);
      const longer = Buffer.concat([leafFile, leafFile]);
      expect(await put(signed(header), longer, header.data)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    });

    it('knows no file that nobody put', async () => {
      const missing = await fetch(`${it_.url}${settlementPaths.leafFiles}/${testKey('nothing')}`);
      expect(await answerOf(missing)).toMatchObject({ status: 404, code: 'LEAF_FILE_UNKNOWN' });
    });
  });
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as {
    code?: string;
    message?: string;
    orchSignature?: Hex;
  };
  const fault = /^(\w+)( in leaf \d+)?:/.exec(body.message ?? '')?.[1] ?? '';
  return { status: response.status, code: body.code ?? '', fault, orchSignature: body.orchSignature };
}
