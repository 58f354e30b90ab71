import type { OrchestratorFunds } from '@chroom/chain/network';
import { ChroomError } from '@chroom/protocol';
import { createLogger } from '@chroom/telemetry';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { keptMs, patienceMs, RequiredFund, refreshMs, retryMs, unreadMaxMs } from './required-fund.js';

const orchId = 2n;
const minFund = 100n;
const away = new ChroomError('CHAIN_UNAVAILABLE', 'the endpoint of the spec is away');
const fundsWith = (dependable: bigint, leaving = 0n): OrchestratorFunds => ({
  total: dependable + leaving,
  reserved: 0n,
  leaving,
  dependable,
});

/** A chain that answers, refuses or stalls as a spec says. */
class ScriptedChain {
  answer: OrchestratorFunds | 'refuses' | 'stalls' = fundsWith(minFund);
  readings = 0;
  /** Ends readings that stall. */
  release: (funds: OrchestratorFunds) => void = () => {};

  read = async (): Promise<OrchestratorFunds> => {
    this.readings += 1;
    if (this.answer === 'refuses') throw away;
    if (this.answer !== 'stalls') return this.answer;
    return new Promise((resolve) => {
      this.release = resolve;
    });
  };
}

describe('the fund that an orchestrator needs for new sessions', () => {
  let nowMs: number;
  let chain: ScriptedChain;
  let log: { level: string; message: string }[];
  let pauses: { durationMs: number; end: () => void }[];
  let fund: RequiredFund;
  beforeEach(() => {
    nowMs = 5_000;
    chain = new ScriptedChain();
    log = [];
    pauses = [];
    fund = new RequiredFund({
      minFund,
      read: chain.read,
      monotonicMs: () => nowMs,
      logger: createLogger({ app: 'spec', level: 'info', write: (line) => log.push(JSON.parse(line)) }),
      pause: (durationMs) => new Promise<void>((end) => pauses.push({ durationMs, end })),
    });
  });

  const judge = (id = orchId) =>
    fund.require(id).then(
      () => 'served',
      (error: ChroomError) => error.code,
    );
  const after = (durationMs: number) => {
    nowMs += durationMs;
    return judge();
  };
  /** Lets everything happen that waits for no answer and no pause. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  describe('while the chain answers', () => {
    it('is enough at the limit, and too small one unit below it', async () => {
      expect(await judge()).toBe('served');
      chain.answer = fundsWith(minFund - 1n);
      expect(await after(keptMs)).toBe('FUND_TOO_SMALL');
      expect(fund.counts).toMatchObject({ enough: 1, small: 1, failed: 0 });
    });

    it('does not count what is announced to be withdrawn, and the refusal says all of it', async () => {
      chain.answer = fundsWith(minFund - 1n, 1_000n);
      await expect(fund.require(orchId)).rejects.toMatchObject({
        code: 'FUND_TOO_SMALL',
        message: expect.stringMatching(
          /at least 100 behind orchestrator 2, got 99: 1099, .* 1000 announced.*CHROOM_NODE_FUND_MIN/,
        ),
      });
    });

    it('is read once for all sessions of a minute, and those that come together wait for one reading', async () => {
      expect(await Promise.all(Array.from({ length: 50 }, () => judge()))).toEqual(Array(50).fill('served'));
      for (let ms = 0; ms < refreshMs - 1; ms += 1000) expect(await after(ms === 0 ? 0 : 1000)).toBe('served');
      expect(chain.readings).toBe(1);
    });

    it('is read anew behind the back of sessions before they would have to wait', async () => {
      await judge();
      chain.answer = 'stalls';
      expect(await after(refreshMs)).toBe('served');
      expect(await after(keptMs - refreshMs - 1)).toBe('served');
      expect(chain.readings).toBe(2);
      chain.release(fundsWith(0n));
      await settle();
      expect(await judge()).toBe('FUND_TOO_SMALL');
    });

    it('is enough again when money was added', async () => {
      chain.answer = fundsWith(0n);
      expect(await judge()).toBe('FUND_TOO_SMALL');
      chain.answer = fundsWith(minFund);
      expect(await after(keptMs)).toBe('served');
    });

    it('is that of each orchestrator', async () => {
      chain.answer = fundsWith(0n);
      expect(await judge(3n)).toBe('FUND_TOO_SMALL');
      chain.answer = fundsWith(minFund);
      expect(await judge()).toBe('served');
      expect(await judge(3n)).toBe('FUND_TOO_SMALL');
    });
  });

  describe('while the chain is away', () => {
    it('goes by the last reading for an hour, then new sessions are refused', async () => {
      await judge();
      chain.answer = 'refuses';
      expect(await after(keptMs)).toBe('served');
      expect(await after(unreadMaxMs - 1)).toBe('served');
      expect(await after(1)).toBe('CHAIN_UNAVAILABLE');
      await expect(fund.require(orchId)).rejects.toThrow(/orchestrator 2 within 3600 s.*CHROOM_RPC_URL/);
      expect(fund.counts).toMatchObject({ enough: 1, unread: 2, closed: 2, failed: 2 });
    });

    it('serves who was never read for as long', async () => {
      chain.answer = 'refuses';
      expect(await judge()).toBe('served');
      expect(await after(unreadMaxMs - 1)).toBe('served');
      expect(await after(1)).toBe('CHAIN_UNAVAILABLE');
    });

    it('goes on refusing who had too little', async () => {
      chain.answer = fundsWith(0n);
      await judge();
      chain.answer = 'refuses';
      expect(await after(10 * keptMs)).toBe('FUND_TOO_SMALL');
    });

    it('counts the hour from the first reading that failed, not from the last one that did not', async () => {
      await judge();
      chain.answer = 'refuses';
      expect(await after(10 * unreadMaxMs)).toBe('served');
      expect(await after(unreadMaxMs)).toBe('CHAIN_UNAVAILABLE');
      chain.answer = fundsWith(minFund);
      expect(await after(retryMs)).toBe('served');
      chain.answer = 'refuses';
      expect(await after(keptMs)).toBe('served');
    });

    it('is asked again after some seconds only, and says once that it is away and once that it is back', async () => {
      chain.answer = 'refuses';
      for (let count = 0; count < 20; count++) await judge();
      expect(chain.readings).toBe(1);
      await after(retryMs - 1);
      expect(chain.readings).toBe(1);
      await after(1);
      expect(chain.readings).toBe(2);
      chain.answer = fundsWith(minFund);
      await after(retryMs);
      expect(log).toEqual([
        expect.objectContaining({ level: 'warn', message: expect.stringContaining('cannot be read') }),
        expect.objectContaining({ level: 'info', message: expect.stringContaining('read again') }),
      ]);
    });
  });

  describe('while the chain stalls', () => {
    it('holds sessions up for a second in all, and asks no more than once', async () => {
      chain.answer = 'stalls';
      const waiting = Promise.all([judge(), judge()]);
      await settle();
      expect(pauses.map(({ durationMs }) => durationMs)).toEqual([patienceMs]);
      pauses[0]?.end();
      expect(await waiting).toEqual(['served', 'served']);
      expect(await judge()).toBe('served');
      expect([chain.readings, pauses.length]).toEqual([1, 1]);
      chain.release(fundsWith(0n));
      await settle();
      expect(await judge()).toBe('FUND_TOO_SMALL');
    });

    it('has a bounded number of readings under way, and lets the others in meanwhile', async () => {
      chain.answer = 'stalls';
      const waiting = Array.from({ length: 40 }, (_, index) => judge(BigInt(index + 10)));
      await settle();
      expect(chain.readings).toBe(32);
      for (const { end } of pauses) end();
      expect(await Promise.all(waiting)).toEqual(Array(40).fill('served'));
    });
  });
});
