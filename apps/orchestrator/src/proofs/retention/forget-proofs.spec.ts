import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ProofBench } from '../testing/proof-bench.js';
import { ForgetProofs } from './forget-proofs.js';

const dayMs = 24 * 3_600_000;
const [batch, file] = [`0x${'ba'.repeat(32)}`, `0x${'f1'.repeat(32)}`] as const;

Logger.overrideLogger(false);

describe('what is forgotten', () => {
  let bench: ProofBench;
  let forget: ForgetProofs;
  beforeAll(async () => {
    bench = await ProofBench.create();
  }, 30_000);
  afterAll(() => bench?.dispose());
  beforeEach(async () => {
    await bench.clear();
    forget = new ForgetProofs(bench.database, bench.network, bench.time.clock, bench.time.asTimers);
    const now = new Date(bench.time.clock.nowMs());
    await bench.database.query(
      `INSERT INTO cosigned_batches (batch_key, node_id, epoch, header, header_hash, leaf_file, node_signature,
         orch_signature, signed_at) VALUES ($1, 7, 1, '{}', '0x', $2, '0x', '0x', $3)`,
      [batch, file, now],
    );
    await bench.database.query(
      "INSERT INTO leaf_files (hash, node_id, epoch, bytes, received_at) VALUES ($1, 7, 1, 'x', $2)",
      [file, now],
    );
    bench.network.batches.clear();
  });

  const after = async (ms: number) => {
    bench.time.advance(ms);
    await forget.run();
    const files: unknown[] = await bench.database.query('SELECT 1 FROM leaf_files');
    return files.length;
  };

  it.each(['settled', 'rejected'] as const)(
    'is the leaf file of a %s batch, a day later and not before',
    async (state) => {
      bench.network.batches.set(batch, state);
      expect(await after(0)).toBe(1);
      expect(await after(dayMs - 1)).toBe(1);
      expect(await after(2)).toBe(0);
      const [{ settled_at: settledAt }] = await bench.database.query('SELECT settled_at FROM cosigned_batches');
      expect(settledAt).not.toBeNull();
    },
  );

  it('is not the file of a batch that is open, as long as its windows can be', async () => {
    bench.network.batches.set(batch, 'open');
    expect(await after(20 * dayMs)).toBe(1);
    expect(await after(11 * dayMs)).toBe(0);
  });

  it('is nothing while the chain does not answer', async () => {
    bench.network.batchState = () => Promise.reject(new Error('away'));
    expect(await after(dayMs)).toBe(1);
  });

  it('are grants with their receipts, three months after their end', async () => {
    const ended = new Date(bench.time.clock.nowMs());
    await bench.database.query(
      `INSERT INTO grants (grant_hash, session, project_id, room_sid, room_name, node_id, granted, signature, issued_at,
         writer, seq, record, seen_at, ended_at)
       VALUES ('0x1', 'PA_1', 'PR', 'RM', 'math', 7, '{}', '0x', $1, 1, 1, '{}', $1, $1)`,
      [ended],
    );
    await bench.database.query(
      "INSERT INTO receipts (grant_hash, epoch, node_id, seq, leaf, signed_at) VALUES ('0x1', 1, 7, 1, 'x', $1)",
      [ended],
    );
    const count = async () => ((await bench.database.query('SELECT 1 FROM receipts')) as unknown[]).length;
    await after(89 * dayMs);
    expect(await count()).toBe(1);
    await after(2 * dayMs);
    expect(await count()).toBe(0);
  });
});
