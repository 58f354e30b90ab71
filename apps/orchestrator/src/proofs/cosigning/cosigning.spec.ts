import type { AddressInfo } from 'node:net';
import { encodeWire, MemberKeys, signerAddressOf } from '@chroom/protocol';
import {
  type BatchHeader,
  cosignRequestSchema,
  encodeSignedHeader,
  type Leaf,
  packLeaf,
  settlementPaths,
  signedHeaderName,
  startStandard,
} from '@chroom/protocol/proofs';
import { assembleBatch, signAsMember } from '@chroom/receipts';
import { type CosignerUnderTest, describeCosigner, signLeaf, testKey } from '@chroom/receipts/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { Clock } from '../../clock/clock.js';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { CodedErrorsFilter } from '../../http/coded-errors.filter.js';
import { OrchestratorHttpAdapter } from '../../http/http-adapter.js';
import { Timers } from '../../rooms/timers.js';
import { Grantors } from '../grants/grantors.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import { ProofSettings } from '../proof-settings.js';
import { ProofBench, specNodeId, specNodeKey, specOrchId, specOrchKey } from '../testing/proof-bench.js';
import { BatchVerifier } from './batch-verifier.js';
import { CallerRate } from './caller-rate.js';
import { CosignController } from './cosign.controller.js';
import { CosignBatch } from './cosign-batch.js';
import { CosignStore } from './cosign-store.js';
import { LeafFileStore } from './leaf-file-store.js';
import { LeafFilesController } from './leaf-files.controller.js';
import { NodeHeaders } from './node-headers.js';

Logger.overrideLogger(false);
jest.setTimeout(30_000);

let bench: ProofBench;
beforeAll(async () => {
  bench = await ProofBench.create();
}, 30_000);
afterAll(() => bench?.dispose());

async function serve(): Promise<{ app: INestApplication; url: string }> {
  const settings = { memberId: specOrchId, signerKeys: MemberKeys.of(specOrchKey), secretsKey: new Uint8Array(32) };
  const testing = await Test.createTestingModule({
    controllers: [LeafFilesController, CosignController],
    providers: [
      { provide: OrchestratorSettings, useValue: settings },
      { provide: ProofSettings, useValue: ProofSettings.fromEnvironment({}) },
      { provide: ProofNetwork, useValue: bench.network },
      { provide: DataSource, useValue: bench.database },
      { provide: Clock, useValue: bench.time.clock },
      Grantors,
      CallerRate,
      NodeHeaders,
      LeafFileStore,
      CosignStore,
      BatchVerifier,
      { provide: Timers, useValue: bench.time.asTimers },
      CosignBatch,
    ],
  }).compile();
  const app = testing.createNestApplication(new OrchestratorHttpAdapter(), { bodyParser: false });
  app.useGlobalFilters(new CodedErrorsFilter());
  await app.listen(0, '127.0.0.1');
  return { app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` };
}

/** As `ReceiptWriter` stores it. */
async function store(leaf: Leaf): Promise<void> {
  const { grant, receipt } = leaf;
  await bench.database.query(
    `INSERT INTO grants (grant_hash, session, project_id, room_sid, room_name, node_id, granted, signature, issued_at,
       writer, seq, record, seen_at) VALUES ($1, 'PA_1', 'PR_a', 'RM_a', 'math', $2, '{}', '0x', now(), 1, 1, '{}', now())
     ON CONFLICT DO NOTHING`,
    [receipt.grant, grant.nodeId.toString()],
  );
  await bench.database.query(
    `INSERT INTO receipts (grant_hash, epoch, node_id, seq, leaf, signed_at) VALUES ($1, $2, $3, $4, $5, now())
     ON CONFLICT (grant_hash, epoch) DO UPDATE SET seq = excluded.seq, leaf = excluded.leaf`,
    [receipt.grant, receipt.epoch, grant.nodeId.toString(), receipt.seq, Buffer.from(packLeaf(leaf).slice(2), 'hex')],
  );
}

async function startCosigner(): Promise<CosignerUnderTest> {
  await bench.clear();
  bench.network.signers.set(specOrchId, signerAddressOf(specOrchKey));
  bench.network.signers.set(specNodeId, signerAddressOf(specNodeKey));
  const { app, url } = await serve();
  return {
    url,
    ...bench.network.facts,
    nodeId: specNodeId,
    orchId: specOrchId,
    nodeKey: specNodeKey,
    orchKey: specOrchKey,
    epoch: 3,
    issue: store,
    close: () => app.close(),
  };
}

describeCosigner({ describe, it, beforeEach, afterEach, expect }, 'the orchestrator', startCosigner);

describe('the co-signer of the orchestrator', () => {
  let it_: CosignerUnderTest;
  beforeEach(async () => {
    it_ = await startCosigner();
  });
  afterEach(() => it_.close());

  it.each([
    ['no JSON', 'x', 400],
    ['more than 4 kB', JSON.stringify({ padding: 'x'.repeat(5_000) }), 413],
    ['an empty object', '{}', 400],
  ])('refuses a request that is %s', async (_, body, status) => {
    const response = await fetch(`${it_.url}${settlementPaths.cosign}`, { method: 'POST', body });
    expect(response.status).toBe(status);
  });

  it('answers one address so often and not more', async () => {
    const ask = () => fetch(`${it_.url}${settlementPaths.leafFiles}/name`).then(({ status }) => status);
    const statuses = await Promise.all(Array.from({ length: 101 }, ask));
    expect([statuses.filter((status) => status === 400).length, statuses.filter((status) => status === 429)]).toEqual([
      100,
      [429],
    ]);
    bench.time.advance(1_000);
    expect(await ask()).toBe(400);
  });

  const leafOf = (session: number) =>
    signLeaf({
      digests: it_.digests,
      orchestratorKey: it_.orchKey,
      session,
      grant: { nodeId: it_.nodeId, orchId: it_.orchId, notBefore: it_.clock.startSec },
      receipt: { epoch: it_.epoch },
    });
  const put = async (leaves: readonly Leaf[], changed: Partial<BatchHeader> = {}, key = it_.nodeKey) => {
    const { nodeId, orchId, epoch } = it_;
    const batch = assembleBatch({ nodeId, orchId, epoch }, leaves, startStandard);
    const header = { ...batch.header, ...changed };
    const response = await fetch(`${it_.url}${settlementPaths.leafFiles}/${header.data}`, {
      method: 'PUT',
      headers: {
        [signedHeaderName]: encodeSignedHeader({
          header,
          nodeSignature: signAsMember(key, it_.digests.header(header)),
        }),
      },
      body: new Uint8Array(batch.leafFile),
    });
    return response.status === 204 ? 'taken' : ((await response.json()) as { code: string; message: string });
  };

  it('takes no more leaves than it has signed receipts, before it reads them', async () => {
    await it_.issue(leafOf(1));
    expect(await put([leafOf(1)])).toBe('taken');
    expect(await put([leafOf(1), leafOf(2)])).toMatchObject({ code: 'COSIGN_REFUSED' });
    expect(await put([leafOf(2)], { epoch: 4 })).toMatchObject({ code: 'COSIGN_REFUSED' });
  });

  it('takes three files of one node and epoch at most', async () => {
    for (const session of [1, 2, 3, 4]) await it_.issue(leafOf(session));
    for (const session of [1, 2, 3]) expect(await put([leafOf(session)])).toBe('taken');
    expect(await put([leafOf(4)])).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await put([leafOf(3)])).toBe('taken');
  });

  it('goes by the key that the node has in the epoch of the batch', async () => {
    await it_.issue(leafOf(1));
    const later = testKey('later key of the node');
    bench.network.signers.set(specNodeId, signerAddressOf(later));
    expect(await put([leafOf(1)])).toMatchObject({
      code: 'COSIGN_REFUSED',
      message: expect.stringMatching(/^NodeSig/),
    });
    expect(await put([leafOf(1)], {}, later)).toBe('taken');
    bench.network.signers.delete(specNodeId);
    expect(await put([leafOf(1)], {}, later)).toMatchObject({ code: 'MEMBER_UNKNOWN' });
  });

  it('signs nothing under a key that the chain does not have for it, and notes every refusal', async () => {
    await it_.issue(leafOf(1));
    const { nodeId, orchId, epoch } = it_;
    const { header } = assembleBatch({ nodeId, orchId, epoch }, [leafOf(1)], startStandard);
    expect(await put([leafOf(1)])).toBe('taken');
    const ask = async (changed: Partial<BatchHeader> = {}) => {
      const asked = { ...header, ...changed };
      const request = { header: asked, nodeSignature: signAsMember(it_.nodeKey, it_.digests.header(asked)) };
      const body = JSON.stringify(encodeWire(cosignRequestSchema, request));
      const response = await fetch(`${it_.url}${settlementPaths.cosign}`, { method: 'POST', body });
      return ((await response.json()) as { code?: string }).code;
    };
    bench.network.signers.set(specOrchId, signerAddressOf(testKey('another')));
    expect(await ask()).toBe('MEMBER_UNKNOWN');
    bench.network.signers.set(specOrchId, signerAddressOf(specOrchKey));
    expect([await ask({ value: 1n }), await ask({ value: 2n })]).toEqual(['COSIGN_REFUSED', 'COSIGN_REFUSED']);
    expect(await ask()).toBeUndefined();
    const refusals = await bench.database.query('SELECT fault, times FROM cosign_refusals');
    expect(refusals).toEqual([{ fault: 'Header', times: 2 }]);
  });
});
