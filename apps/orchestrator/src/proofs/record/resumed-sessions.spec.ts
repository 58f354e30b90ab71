import { type Leaf, receiptVolume } from '@chroom/protocol/proofs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ProofBench, ProofRun } from '../testing/proof-bench.js';

Logger.overrideLogger(false);
// Minutes pass second by second, each with its writes to the database.
jest.setTimeout(30_000);

const bps = 1_000_000;
const bytesPerSecond = 125_000n;

describe('a session that outlives a kill of the orchestrator', () => {
  let bench: ProofBench;
  let run: ProofRun;

  beforeAll(async () => {
    bench = await ProofBench.create();
  }, 30_000);
  afterAll(() => bench?.dispose());
  beforeEach(async () => {
    await bench.clear();
    run = await ProofRun.start(bench);
    await toSecondOfEpoch(1);
  });
  afterEach(() => run.kill());

  const toSecondOfEpoch = async (second: number) => {
    const now = (((bench.time.clock.nowMs() / 1000 + 32) % 64) + 64) % 64;
    await run.pass((64 + second - now) % 64);
  };
  const begin = (session: string) => {
    run.admit(session);
    run.declare(session, 'received', bps);
  };
  /** Media flows as declared; the node reports every second. */
  const flow = (session: string, seconds: number) => {
    let second = 0n;
    return run.pass(seconds, () => {
      second += 1n;
      run.report(session, { txBytes: second * bytesPerSecond });
    });
  };
  const restartAfter = async (seconds: number) => {
    run.kill();
    bench.time.advance(seconds * 1000);
    run = await ProofRun.start(bench);
  };
  /** The newest receipts of all grants and epochs. */
  const newest = (): Leaf[] => [
    ...new Map(bench.node.leaves.map((leaf) => [`${leaf.receipt.grant} ${leaf.receipt.epoch}`, leaf])).values(),
  ];
  const seconds = () => newest().reduce((sum, { receipt }) => sum + receipt.activeSec, 0);
  const bytes = () => newest().reduce((sum, { receipt }) => sum + receiptVolume(receipt), 0n);

  it('is paid until its client joined anew, however late it is closed, and never beside its successor', async () => {
    begin('PA_old');
    await flow('PA_old', 15);
    await restartAfter(8);
    begin('PA_new');
    run.succeed('PA_old');
    await flow('PA_new', 13);
    run.report('PA_old', { txBytes: 23n * bytesPerSecond });
    run.end('PA_new');
    await run.pass(2);
    expect([seconds(), bytes()]).toEqual([15 + 8 + 13, 36n * bytesPerSecond]);
  });

  it('is paid until it is closed when nobody came back from it', async () => {
    begin('PA_old');
    await flow('PA_old', 15);
    await restartAfter(8);
    run.report('PA_old', { txBytes: 23n * bytesPerSecond });
    await run.pass(2);
    expect(seconds()).toBe(23);
  });

  it('ends where it was known to be when its last counters never come', async () => {
    begin('PA_old');
    await flow('PA_old', 11);
    await restartAfter(8);
    run.succeed('PA_old');
    await run.pass(95);
    expect([seconds(), run.keeper.count]).toEqual([11, 0]);
  });

  it('has time and bytes of an epoch that ended meanwhile in the receipt of that epoch', async () => {
    await toSecondOfEpoch(40);
    const { epoch } = bench;
    begin('PA_old');
    await flow('PA_old', 16);
    // Known up to second 51; the epoch ends 8 s after the kill, and the session goes on for 12 s of the next one.
    await restartAfter(14);
    await run.pass(6);
    run.report('PA_old', { txBytes: 36n * bytesPerSecond });
    await run.pass(2);
    const [first, second] = [bench.node.newest(epoch)!.receipt, bench.node.newest(epoch + 1)!.receipt];
    expect([first.activeSec, second.activeSec]).toEqual([24, 12]);
    expect([first.rxBytes / 1000n, second.rxBytes / 1000n]).toEqual([3000n, 1500n]);
    expect(first.rxBytes + second.rxBytes).toBe(36n * bytesPerSecond);
    expect(first.seq).toBeLessThan(second.seq);
  });

  it('has what was declared after its first write in its record, without a receipt more', async () => {
    run.admit('PA_old');
    run.declare('PA_old', 'sent', 50_000, 'TR_own');
    await run.pass(1);
    run.declare('PA_old', 'received', bps);
    await run.pass(1);
    run.report('PA_old', { txBytes: 2n * bytesPerSecond });
    await run.pass(1);
    expect(bench.node.leaves).toEqual([]);
    await restartAfter(5);
    run.report('PA_old', { txBytes: 7n * bytesPerSecond });
    await run.pass(2);
    expect(bytes()).toBe(7n * bytesPerSecond);
  });

  it('is written early only when what is declared has doubled', async () => {
    const writes = jest.spyOn(bench.database, 'query');
    const saves = () => writes.mock.calls.filter(([text]) => String(text).includes('INSERT INTO grants')).length;
    run.admit('PA_old');
    for (let second = 1; second <= 8; second += 1) {
      run.declare('PA_old', 'received', second * 100_000);
      await run.pass(1);
    }
    // 100, 300 and 700 kbit/s.
    expect(saves()).toBe(3);
    writes.mockRestore();
  });

  it('is not stored at all while nothing was ever declared', async () => {
    run.admit('PA_idle');
    await run.pass(12);
    run.end('PA_idle');
    await run.pass(2);
    expect(await bench.database.query('SELECT 1 FROM grants')).toEqual([]);
    expect(run.keeper.count).toBe(0);
  });
});
