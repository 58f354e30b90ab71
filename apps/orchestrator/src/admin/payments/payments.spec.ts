import type { AddressInfo } from 'node:net';
import { batchKey } from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger, ValidationPipe } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { Clock } from '../../clock/clock.js';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { CodedErrorsFilter } from '../../http/coded-errors.filter.js';
import { ProofNetwork } from '../../proofs/network/proof-network.port.js';
import { ProofSettings } from '../../proofs/proof-settings.js';
import { ProofBench, ProofRun, specNodeId, specOrchId } from '../../proofs/testing/proof-bench.js';
import { AdminTokenGuard } from '../admin-token.guard.js';
import { BatchesController } from './batches.controller.js';
import { FundController } from './fund.controller.js';
import { GrantsController } from './grants.controller.js';
import { ReceiptsController } from './receipts.controller.js';

Logger.overrideLogger(false);
const adminToken = 'admin-token-of-the-spec';

describe('the admin API for payments', () => {
  let bench: ProofBench;
  let run: ProofRun;
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    bench = await ProofBench.create();
    const testing = await Test.createTestingModule({
      controllers: [GrantsController, ReceiptsController, BatchesController, FundController],
      providers: [
        { provide: OrchestratorSettings, useValue: { memberId: specOrchId, adminToken } },
        { provide: ProofSettings, useValue: ProofSettings.fromEnvironment({}) },
        { provide: ProofNetwork, useValue: bench.network },
        { provide: DataSource, useValue: bench.database },
        { provide: Clock, useValue: bench.time.clock },
        AdminTokenGuard,
      ],
    }).compile();
    app = testing.createNestApplication();
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
    app.useGlobalFilters(new CodedErrorsFilter());
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/admin/v1/payments`;
    run = await ProofRun.start(bench);
    const sessions = ['PA_1', 'PA_2', 'PA_3'];
    for (const session of sessions) {
      run.admit(session);
      run.declare(session, 'received', 1_000_000, `TR_${session}`);
    }
    await run.pass(12, () => {
      for (const session of sessions) run.report(session, { txBytes: 1_000_000_000n });
    });
    run.end('PA_3');
    await run.pass(2);
  }, 60_000);
  afterAll(async () => {
    run?.kill();
    await app?.close();
    await bench?.dispose();
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, asserted by the tests
  const get = async (path: string, token = adminToken): Promise<{ status: number; body: any }> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  };

  it.each(['/grants', '/receipts', '/refused-reports', '/batches', '/batch-refusals', '/fund'])(
    'shows %s to the holder of the admin token only',
    async (path) => {
      expect((await get(path, 'wrong')).status).toBe(401);
      expect((await get(path)).status).toBe(200);
    },
  );

  it('lists grants with what was signed, page by page', async () => {
    const first = await get('/grants?limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await get(`/grants?limit=2&cursor=${first.body.nextCursor}`);
    expect([second.body.items.length, second.body.nextCursor]).toEqual([1, null]);
    const sessions = [...first.body.items, ...second.body.items].map(({ session }) => session);
    expect(sessions.sort()).toEqual(['PA_1', 'PA_2', 'PA_3']);
    const { items } = (await get('/grants?open=false')).body;
    expect(items).toMatchObject([{ session: 'PA_3', nodeId: '7', granted: { orchId: '2', maxKbps: 50_000 } }]);
  });

  it('lists receipts with their value and what the operator answered', async () => {
    const { items } = (await get(`/receipts?node=${specNodeId}&state=kept`)).body;
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ state: 'kept', refusalCode: null, lossPpm: 0 });
    expect(BigInt(items[0].value)).toBeGreaterThan(0n);
    expect((await get('/receipts?state=refused')).body.items).toEqual([]);
  });

  it('lists what nodes reported and was not believed', async () => {
    const { items } = (await get('/refused-reports')).body;
    expect(items[0]).toMatchObject({ code: 'RX_OVER_BOUND', reported: '1000000000' });
    expect(BigInt(items[0].accepted)).toBeLessThan(1_000_000_000n);
  });

  it('lists batches that were co-signed, and refusals', async () => {
    const key = batchKey(specNodeId, specOrchId, 1);
    await bench.database.query(
      `INSERT INTO cosigned_batches (batch_key, node_id, epoch, header, header_hash, leaf_file, node_signature,
         orch_signature, signed_at) VALUES ($1, 7, 1, '{"leaves":3}', '0xaa', '0xbb', '0xcc', '0xdd', now())`,
      [key],
    );
    await bench.database.query(
      `INSERT INTO cosign_refusals (batch_key, fault, node_id, epoch, leaf, message, last_at)
       VALUES ($1, 'ReceiptUnknown', 7, 1, 2, 'never signed', now())`,
      [key],
    );
    expect((await get('/batches?node=7')).body.items).toMatchObject([
      { batchKey: key, header: { leaves: 3 }, epoch: '1' },
    ]);
    expect((await get('/batch-refusals')).body.items).toMatchObject([{ fault: 'ReceiptUnknown', leaf: 2, times: 1 }]);
    expect((await get('/batches?node=8')).body.items).toEqual([]);
  });

  it('shows the fund as the chain has it, and the terms of new grants', async () => {
    expect((await get('/fund')).body).toMatchObject({
      orchId: '2',
      total: '100',
      reserved: '10',
      dependable: '85',
      terms: { pricePerGiB: '10000000000000000', maxKbps: 50_000 },
    });
  });

  it.each(['/receipts?epoch=x', '/grants?node=-1', '/receipts?state=lost', '/batches?limit=101', '/grants?cursor=zz'])(
    'refuses %s',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    },
  );
});
