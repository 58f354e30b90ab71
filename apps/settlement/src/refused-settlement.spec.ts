import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endAttemptsMost } from './settling/apply-outcome.js';
import type { RunningSettlement } from './start-settlement.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;

describe('a settlement that the contract refuses', () => {
  let net: SettlementNetwork;
  let settlement: RunningSettlement | undefined;

  beforeEach(async () => {
    net = await SettlementNetwork.create();
  }, 60_000);

  afterEach(async () => {
    await settlement?.close();
    settlement = undefined;
    await net?.dispose();
  });

  /** Both batches are due; the stored header of the first is not the one on the chain any more. */
  const makeDue = async () => {
    settlement = await net.start();
    for (const epoch of [1, 2]) {
      await net.deliver(settlement.url, [net.leaf(epoch, epoch)]);
      await net.toEpoch(epoch + 1);
    }
    await net.mineUntil(() => net.allStaged(2, 'submitted'));
    await net.sql.query(`UPDATE batch SET header = jsonb_set(header, '{volume}', '"1"') WHERE epoch = 1`);
    await net.toTime((await net.chainNow()) + challengeSec);
  };
  const settlements = async () => {
    const { rows } = await net.sql.query<{ state: string; batches: number }>(
      "SELECT state, cardinality(batch_keys) AS batches FROM outbox WHERE kind = 'settle' ORDER BY created_at",
    );
    return rows.map(({ state, batches }) => `${batches} ${state}`);
  };
  /** Tries of a row follow each other without their pause. */
  const hurried = (condition: () => Promise<boolean>) => async () => {
    await net.sql.query("UPDATE outbox SET next_try_at = now() WHERE state = 'ready'");
    return condition();
  };
  const allowAnotherEnd = () => net.sql.query("UPDATE batch SET next_try_at = now() WHERE stage = 'submitted'");
  const waitsMs = async () => {
    const { rows } = await net.sql.query<{ ms: number }>(
      `SELECT (extract(epoch FROM next_try_at - now()) * 1000)::float AS ms FROM batch
       WHERE stage = 'submitted' ORDER BY epoch`,
    );
    return rows.map(({ ms }) => ms);
  };

  it('is tried again later, and each batch of it alone', async () => {
    await makeDue();
    await net.mineUntil(hurried(async () => (await settlements())[0] === '2 dead'));
    // At least half of a minute, of which this spec took a part.
    for (const ms of await waitsMs()) expect(ms).toBeGreaterThan(15_000);
    await net.mineForTicks(20);
    expect(await settlements()).toEqual(['2 dead']);

    await allowAnotherEnd();
    await net.mineUntil(hurried(async () => (await settlements()).filter((row) => row === '1 dead').length === 1));
    await net.mineUntil(async () => (await net.stages())[1] === 'settled');
    expect((await settlements()).sort()).toEqual(['1 dead', '1 final', '2 dead']);
    const [ms] = await waitsMs();
    expect(ms).toBeGreaterThan(45_000);
  }, 90_000);

  it('ends after a bounded number of tries, and says that it needs a person', async () => {
    await makeDue();
    await net.sql.query('UPDATE batch SET end_attempts = $1 WHERE epoch = 1', [endAttemptsMost - 1]);
    await net.mineUntil(hurried(async () => (await net.stages())[0] === 'dead'));
    await net.mineUntil(async () => (await net.stages())[1] === 'settled');
    await net.mineForTicks(20);
    expect((await settlements()).sort()).toEqual(['1 dead', '1 final']);
    expect(net.log.some((line) => line.includes('a batch could not be ended and needs a person'))).toBe(true);
  }, 90_000);
});
