import { readFileSync, writeFileSync } from 'node:fs';
import { epochStartSec } from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { privateKeyToAddress } from 'viem/accounts';
import { addStakeCall } from '../calls/add-stake.js';
import { approveCall } from '../calls/approve.js';
import { claimCall } from '../calls/claim.js';
import { scheduleStandardCall } from '../calls/schedule-standard.js';
import { setSignerCall } from '../calls/set-signer.js';
import { settleCall } from '../calls/settle.js';
import { settleManyCall } from '../calls/settle-many.js';
import { type SignedBatch, submitCall } from '../calls/submit.js';
import { submitManyCall } from '../calls/submit-many.js';
import { readBalance } from '../reads/read-balance.js';
import { createTestNetwork, headerOf, roles, signBatch, type TestNetwork, testKey } from '../testing/index.js';
import { gasBars } from './gas-bars.js';

const snapshotFile = new URL('../../../../contracts/gas/receipts.json', import.meta.url);
const allowedGrowth = 1.02;
const challengeSeconds = 48 * 3600;

/**
 * Every number is gasUsed of a receipt on anvil under osaka rules. The batches are large ones: 10 000 leaves, all slots and most
 * of what the node's capacity allows. Members and epochs have the low numbers of a young network: each further byte of one costs
 * 12 gas of calldata.
 */
describe('gas of the receipts', () => {
  const measured: Record<string, number> = {};
  let network: TestNetwork;

  beforeAll(async () => {
    network = await createTestNetwork();
    const { contracts, nodeId, send, toEpoch } = network;
    await toEpoch(11);
    const first = await batches(1, 2);
    measured.submitFirstOfAPair = await gasOf(submitCall(contracts, at(first, 0)));
    measured.submit = await gasOf(submitCall(contracts, at(first, 1)));
    const ten = await batches(3, 8);
    const older = await toEpoch(14).then(() => batches(11, 2));
    const many = [...ten, ...older];
    measured.submitManyOf10PerBatch = Math.ceil((await gasOf(submitManyCall(contracts, many))) / 10);
    const solo = await signBatch(contracts, header(13), network.nodeKey);
    measured.submitSolo = await gasOf(submitCall(contracts, solo));
    await network.chain.mineAt(epochStartSec(network.parameters.clock, 14) + challengeSeconds + 600);
    measured.settleFirstOfANode = await gasOf(settleCall(contracts, at(first, 0).header));
    measured.settle = await gasOf(settleCall(contracts, at(first, 1).header));
    const eight = many.slice(0, 8).map((batch) => batch.header);
    measured.settleManyOf8PerBatch = Math.ceil((await gasOf(settleManyCall(contracts, eight))) / 8);
    measured.claim = await gasOfOwner(claimCall(contracts, { id: nodeId, to: network.chain.account(roles.nodeOwner) }));
    await send(roles.stranger, settleCall(contracts, at(many, 8).header));
    await stakeEverything();
    measured.claimToAnEmptiedAccount = await gasOfOwner(
      claimCall(contracts, { id: nodeId, to: network.chain.account(roles.nodeOwner) }),
    );
    await send(roles.stranger, settleCall(contracts, at(many, 9).header));
    measured.claimToAnAccountThatNeverHadAToken = await gasOfOwner(
      claimCall(contracts, { id: nodeId, to: network.chain.account(roles.stranger) }),
    );
    await rareSubmits();
  }, 120_000);

  afterAll(() => network?.stop());

  it.each(Object.entries(gasBars))('%s costs at most %i', (name, bar) => {
    expect(measured[name]).toBeGreaterThan(21_000 / 10);
    expect(measured[name]).toBeLessThanOrEqual(bar);
  });

  it('has not grown by more than 2 % (CHROOM_WRITE_GAS=1 writes the snapshot anew)', () => {
    if (process.env.CHROOM_WRITE_GAS === '1') writeFileSync(snapshotFile, `${JSON.stringify(measured, null, 2)}\n`);
    const snapshot = JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, number>;
    expect(Object.keys(measured).sort()).toEqual(Object.keys(snapshot).sort());
    for (const [name, gas] of Object.entries(measured)) {
      expect({ name, gas, grown: gas > (snapshot[name] ?? 0) * allowedGrowth }).toEqual({ name, gas, grown: false });
    }
  });

  const header = (epoch: number) =>
    headerOf({
      epoch,
      nodeId: network.nodeId,
      orchId: network.orchId,
      leaves: 10_000,
      value: 120n * 10n ** 18n + BigInt(epoch) * 987_654_321_987n,
      volume: 412_345_678_901n,
    });

  const batches = (from: number, count: number): Promise<SignedBatch[]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        signBatch(network.contracts, header(from + index), network.nodeKey, network.orchKey),
      ),
    );

  /** Batches of epochs in which another key or another standard was in force than the newest one. */
  async function rareSubmits(): Promise<void> {
    const { contracts, nodeId, nodeKey, orchId, orchKey, parameters, send, toEpoch } = network;
    const [newNodeKey, newOrchKey] = [testKey('next node'), testKey('next orchestrator')];
    await toEpoch(80);
    await send(roles.nodeOwner, setSignerCall(contracts, { id: nodeId, signer: privateKeyToAddress(newNodeKey) }));
    await toEpoch(81);
    measured.submitUnderAFormerKey = await gasOf(
      submitCall(contracts, await signBatch(contracts, header(80), nodeKey, orchKey)),
    );
    await send(roles.orchOwner, setSignerCall(contracts, { id: orchId, signer: privateKeyToAddress(newOrchKey) }));
    await toEpoch(82);
    measured.submitUnderTwoFormerKeys = await gasOf(
      submitCall(contracts, await signBatch(contracts, header(79), nodeKey, orchKey)),
    );
    await toEpoch(83);
    await send(roles.governor, scheduleStandardCall(contracts, parameters.standard));
    measured.submitWhileAStandardIsScheduled = await gasOf(
      submitCall(contracts, await signBatch(contracts, header(82), newNodeKey, newOrchKey)),
    );
  }

  async function gasOf(call: ReturnType<typeof submitCall>): Promise<number> {
    return Number((await network.send(roles.stranger, call)).gasUsed);
  }

  async function stakeEverything(): Promise<void> {
    const { chain, contracts, nodeId, send } = network;
    const amount = await readBalance(chain.client, contracts, chain.account(roles.nodeOwner));
    await send(roles.nodeOwner, approveCall(contracts, { amount }));
    await send(roles.nodeOwner, addStakeCall(contracts, { id: nodeId, amount }));
  }

  async function gasOfOwner(call: ReturnType<typeof claimCall>): Promise<number> {
    return Number((await network.send(roles.nodeOwner, call)).gasUsed);
  }

  function at(list: readonly SignedBatch[], index: number): SignedBatch {
    const found = list[index];
    if (!found) throw new RangeError(`there are ${list.length} batches, asked for ${index}`);
    return found;
  }
});
