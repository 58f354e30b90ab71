import { chroomCoreAbi, readBatch, readFunds, readMember, releaseUnauditedCall, stopIntakeCall } from '@chroom/chain';
import { roles } from '@chroom/chain/testing';
import { parseWire } from '@chroom/protocol';
import { batchHeaderSchema, batchKey, epochAt, epochEndSec, epochStartSec } from '@chroom/protocol/proofs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeFunctionData } from 'viem';
import type { RunningSettlement } from './start-settlement.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const day = 24 * 3600;
const challengeSec = 48 * 3600;
/** Submit window, bound of back-dating, answer window and challenge window together. */
const auditableSec = (12 + 4 + 12 + 48) * 3600;
const soloFromSec = 11 * 3600;

describe('a batch without its orchestrator', () => {
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

  const clock = () => net.network.parameters.clock;
  /** Batches of the epochs 1 to `last`, each submitted an hour before its deadline. */
  const submitAlone = async (url: string, last: number) => {
    net.orchestrator.mood = 'refuses';
    for (let epoch = 1; epoch <= last; epoch++) {
      await net.deliver(url, [net.leaf(epoch, epoch)]);
      await net.toEpoch(epoch + 1);
    }
    await net.mineUntil(() => net.allStaged(last, 'sealed'));
    for (let epoch = 1; epoch <= last; epoch++) {
      await net.toTime(epochEndSec(clock(), epoch) + soloFromSec);
      await net.mineUntil(async () => (await net.stages())[epoch - 1] === 'submitted', 40_000);
    }
  };
  const submitCosigned = async (url: string) => {
    net.orchestrator.mood = 'signs';
    const epoch = epochAt(clock(), net.nowMs / 1000);
    const notBefore = epochStartSec(clock(), epoch);
    await net.deliver(url, [net.leaf(epoch, 4, {}, { notBefore, notAfter: epochEndSec(clock(), epoch) })]);
    await net.toEpoch(epoch + 1);
    await net.mineUntil(() => net.allStaged(4, 'submitted'), 40_000);
    return epoch;
  };
  /** Its next request does not wait for its turn. */
  const askedAgain = async () => {
    const attempts = async () => {
      const { rows } = await net.sql.query<{ cosign_attempts: number; stage: string }>('SELECT * FROM batch');
      return rows[0]!.stage === 'sealed' ? rows[0]!.cosign_attempts : Number.POSITIVE_INFINITY;
    };
    const before = await attempts();
    await net.sql.query('UPDATE batch SET next_try_at = now()');
    await net.waitUntil(async () => (await attempts()) > before);
  };
  /** The right to stop is spent by each stop. */
  const setGuardianCall = () => {
    const args = [net.network.chain.account(roles.governor)] as const;
    const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'setGuardian', args });
    return { name: 'setGuardian', to: net.contracts.core, data };
  };
  const chainState = async (epoch: number) => {
    const { nodeId, orchId, chain, contracts } = net.network;
    return (await readBatch(chain.client, contracts, batchKey(nodeId, orchId, epoch)))?.state;
  };
  const held = async () => {
    const { nodeId, orchId, chain, contracts } = net.network;
    const [member, funds] = await Promise.all([
      readMember(chain.client, contracts, nodeId),
      readFunds(chain.client, contracts, orchId),
    ]);
    return [member!.atRisk, funds.reserved];
  };

  it('does not keep those behind it from being settled, and is released when it can be audited no more', async () => {
    settlement = await net.start({ batchesLookedAt: 2 });
    await submitAlone(settlement.url, 3);
    const cosigned = await submitCosigned(settlement.url);
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(async () => (await net.stages()).at(-1) === 'settled');
    expect(await net.stages()).toEqual(['submitted', 'submitted', 'submitted', 'settled']);
    const [atRisk, reserved] = await held();
    expect([atRisk! > 0n, reserved! > 0n]).toEqual([true, true]);

    await net.toTime((await net.chainNow()) + auditableSec - challengeSec);
    await net.mineUntil(async () => (await net.stages()).filter((stage) => stage === 'released').length === 3, 40_000);
    expect(await Promise.all([1, 2, 3, cosigned].map(chainState))).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'settled',
    ]);
    expect(await held()).toEqual([0n, 0n]);
    const { rows } = await net.sql.query<{ kind: string; state: string }>(
      "SELECT kind, state FROM outbox WHERE kind = 'release'",
    );
    expect(rows).toEqual(Array(3).fill({ kind: 'release', state: 'final' }));
    const { rows: files } = await net.sql.query('SELECT 1 FROM leaf_file WHERE delete_after IS NULL');
    expect(files).toEqual([]);
  }, 120_000);

  it('waits for it longer by every stop of the intake, and is then still in time', async () => {
    settlement = await net.start();
    net.orchestrator.mood = 'refuses';
    await net.deliver(settlement.url, [net.leaf(1, 1)]);
    await net.toEpoch(2);
    await net.mineUntil(() => net.allStaged(1, 'sealed'));
    const endSec = epochEndSec(clock(), 1);
    for (const hours of [1, 7 * 24 + 2]) {
      await net.toTime(endSec + hours * 3600);
      await net.network.send(roles.governor, setGuardianCall());
      await net.network.send(roles.governor, stopIntakeCall(net.contracts));
    }
    // Two stops of a week each: the second began an hour after the first ended.
    const delaySec = 14 * day;
    await net.toTime(endSec + delaySec + soloFromSec - 600);
    await askedAgain();
    expect(await net.stages()).toEqual(['sealed']);
    await net.toTime(endSec + delaySec + soloFromSec + 600);
    await askedAgain();
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
    const { nodeId, orchId, chain, contracts } = net.network;
    expect(await readBatch(chain.client, contracts, batchKey(nodeId, orchId, 1))).toMatchObject({ solo: true });
  }, 60_000);

  it('that somebody else released is only noted', async () => {
    settlement = await net.start();
    await submitAlone(settlement.url, 1);
    await settlement.close();
    await net.toTime((await net.chainNow()) + auditableSec + 60);
    const { rows } = await net.sql.query<{ header: unknown }>('SELECT header FROM batch');
    const header = parseWire(batchHeaderSchema, rows[0]!.header, 'header');
    await net.network.send(roles.stranger, releaseUnauditedCall(net.contracts, header));
    // Confirmed before settlement looks: else it begins a release of its own, and finds then that it is done.
    await net.network.chain.mine(Number(net.settings.confirmations));
    settlement = await net.start();
    await net.mineUntil(() => net.allStaged(1, 'released'));
    expect(Object.keys(await net.outboxStates()).filter((key) => key.startsWith('release-'))).toEqual([]);
  }, 60_000);
});
