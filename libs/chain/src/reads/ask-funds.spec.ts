import { describe, expect, it } from '@jest/globals';
import { encodeFunctionData } from 'viem';
import { RpcSource } from '../client/rpc-source.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { askFunds } from './ask-funds.js';

const core = `0x${'c0'.repeat(20)}` as const;
const orchId = 2n ** 64n - 1n;
const calls = (['fundWithdrawal', 'funds'] as const).map((functionName) =>
  encodeFunctionData({ abi: chroomCoreAbi, functionName, args: [orchId] }),
);

describe('the funds of an orchestrator', () => {
  /** Each with the words that its call returns. */
  const ask = async (withdrawal: bigint[], funds: bigint[]) => {
    const asked: string[] = [];
    const source = Object.assign(new RpcSource('http://127.0.0.1:9'), {
      read: async (_: string, data: string) => {
        asked.push(data);
        return (data === calls[0] ? withdrawal : funds).map((word) => word.toString(16).padStart(64, '0'));
      },
    });
    return { asked, funds: await askFunds(source, core, orchId) };
  };

  it('are asked for after what is announced to leave them', async () => {
    const { asked, funds } = await ask([30n, 1_800_000_000n], [100n, 20n]);
    expect(asked).toEqual(calls);
    expect(funds).toEqual({ total: 100n, reserved: 20n, leaving: 30n, dependable: 50n });
  });

  it('are never less than nothing, however much is announced', async () => {
    expect((await ask([2n ** 96n - 1n, 0n], [100n, 20n])).funds.dependable).toBe(0n);
  });

  it.each<[string, bigint[], bigint[]]>([
    ['more is reserved than there is', [0n, 0n], [100n, 101n]],
    ['the total is no amount', [0n, 0n], [2n ** 96n, 0n]],
    ['the announcement is no amount', [2n ** 96n, 0n], [100n, 0n]],
  ])('are not believed when %s', async (_, withdrawal, funds) => {
    await expect(ask(withdrawal, funds)).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' });
  });
});
