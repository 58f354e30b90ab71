import { createWallet } from '@chroom/chain';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Hex } from 'viem';
import { parseTransaction } from 'viem';
import type { CrashPoint } from './sending/crash-points.js';
import { isBump } from './sending/fees.js';
import type { RunningSettlement, StartOptions } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;

describe('the outbox', () => {
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

  const begin = async (options: StartOptions = {}, changed: Parameters<SettlementNetwork['start']>[1] = {}) => {
    settlement = await net.start(options, changed);
    await net.deliver(settlement.url, [net.leaf(1, 1), net.leaf(1, 2)]);
    await net.toEpoch(2);
  };
  const settleAll = async () => {
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(async () => {
      const states = Object.values(await net.outboxStates());
      return states.length === 3 && states.every((state) => state === 'final');
    });
  };
  const stateOfSubmit = async () =>
    Object.entries(await net.outboxStates()).find(([key]) => key.startsWith('submit-'))?.[1];
  const versions = async () => {
    const { rows } = await net.sql.query<{ raw: Hex; nonce: string; max_fee: string; tip: string }>(
      'SELECT raw, nonce, max_fee, tip FROM outbox_transaction ORDER BY stored_at',
    );
    return rows;
  };
  const automine = (isOn: boolean) => net.network.chain.anvil.call('evm_setAutomine', [isOn]);

  it.each<CrashPoint>(['before-commit', 'after-commit', 'after-broadcast'])(
    'does everything exactly once when each first attempt dies %s',
    async (point) => {
      let deaths = 0;
      await begin({
        reach: (reached) => {
          // Every other time: submission, settlement and claim all die once.
          if (reached === point && ++deaths % 2 === 1) throw new Error('died here');
        },
      });
      await settleAll();
      expect(deaths).toBeGreaterThanOrEqual(3);
      expect(await net.deviations()).toEqual(exactlyOnce(1));
    },
    60_000,
  );

  it('raises fees of the same nonce by an eighth or more, and keeps each version', async () => {
    await automine(false);
    await begin({}, { bumpAfterMs: 1 });
    // The clock of settlement stands in epoch 2, hours ahead of the database's, so that each version is old at once.
    await net.waitUntil(async () => (await versions()).length >= 3);
    const [first, second, third] = (await versions()).map(({ raw, nonce, max_fee, tip }) => {
      const { maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw);
      expect([maxFeePerGas, maxPriorityFeePerGas]).toEqual([BigInt(max_fee), BigInt(tip)]);
      return { nonce, maxFee: BigInt(max_fee), tip: BigInt(tip) };
    });
    expect(new Set([first!.nonce, second!.nonce, third!.nonce]).size).toBe(1);
    expect([isBump(first!, second!), isBump(second!, third!)]).toEqual([true, true]);
    await automine(true);
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
  }, 60_000);

  it('broadcasts again what vanished with its block', async () => {
    // What the account sent before must be confirmed, or its first nonce would be one of those.
    await net.network.chain.mine(6);
    await begin({}, { confirmations: 6n });
    await net.waitUntil(async () => (await stateOfSubmit()) === 'mined');
    await net.network.chain.anvil.call('anvil_reorg', [1, []]);
    await settleAll();
    expect(await net.deviations()).toEqual(exactlyOnce(1));
  }, 60_000);

  it('signs nothing any more once another process has taken the account', async () => {
    let tellLost: (error: Error) => void = () => undefined;
    const lost = new Promise<Error>((resolve) => {
      tellLost = resolve;
    });
    settlement = await net.start({ onAccountLost: (error) => tellLost(error) });
    await net.sql.query('UPDATE sender SET fence = fence + 1');
    await net.deliver(settlement.url, [net.leaf(1, 1)]);
    await net.toEpoch(2);
    expect(await lost).toMatchObject({ code: 'SIGNER_IN_USE' });
    expect([await stateOfSubmit(), await versions()]).toEqual(['ready', []]);
  }, 60_000);

  it('takes a new nonce when its own was spent elsewhere, once that is confirmed', async () => {
    await automine(false);
    await begin();
    await net.waitUntil(async () => (await stateOfSubmit()) === 'signed');
    const [ours] = await versions();
    const { rpcUrl, chainId, senderKey: privateKey } = net.settings;
    const wallet = createWallet({ rpcUrl, chainId, privateKey });
    const maxFeePerGas = BigInt(ours!.max_fee) * 3n;
    await wallet.sendTransaction({
      to: wallet.account.address,
      nonce: Number(ours!.nonce),
      maxFeePerGas,
      maxPriorityFeePerGas: BigInt(ours!.tip) * 3n,
    });
    await automine(true);
    await settleAll();
    const nonces = new Set((await versions()).map(({ nonce }) => nonce));
    expect(nonces.size).toBe(4);
    expect(await net.deviations()).toEqual(exactlyOnce(1, 1));
  }, 60_000);
});
