import { batchKey, epochStartSec, hashBatchHeader } from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEther } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { readContracts } from '../client/contracts.js';
import { openChain } from '../client/open-chain.js';
import { RpcSource } from '../client/rpc-source.js';
import { askFunds } from '../reads/ask-funds.js';
import { readAccrued } from '../reads/read-accrued.js';
import { readBatch } from '../reads/read-batch.js';
import { readClock } from '../reads/read-clock.js';
import { readFunds } from '../reads/read-funds.js';
import { readMember } from '../reads/read-member.js';
import { readSignerAt } from '../reads/read-signer-at.js';
import { readStandardAt } from '../reads/read-standard.js';
import { createTestNetwork, headerOf, roles, signBatch, type TestNetwork } from '../testing/index.js';
import { approveCall } from './approve.js';
import { claimCall } from './claim.js';
import { requestFundWithdrawalCall } from './request-fund-withdrawal.js';
import { scheduleStandardCall } from './schedule-standard.js';
import { settleCall } from './settle.js';
import { submitCall } from './submit.js';

describe('the contracts from TypeScript', () => {
  let network: TestNetwork;

  beforeAll(async () => {
    network = await createTestNetwork();
    await network.toEpoch(3);
  }, 60_000);

  afterAll(() => network?.stop());

  const header = (epoch: number, value = parseEther('1')) =>
    headerOf({ nodeId: network.nodeId, orchId: network.orchId, epoch, value });
  const signed = (epoch: number, value?: bigint) =>
    signBatch(network.contracts, header(epoch, value), network.nodeKey, network.orchKey);

  it('carry a batch from its submission to the claim', async () => {
    const { chain, contracts, nodeId, orchId, send } = network;
    const batch = await signed(1);
    const key = batchKey(nodeId, orchId, 1);
    expect(await readBatch(chain.client, contracts, key)).toBeUndefined();
    await send(roles.stranger, submitCall(contracts, batch));
    const stored = await readBatch(chain.client, contracts, key);
    expect(stored).toMatchObject({ headerHash: hashBatchHeader(batch.header), value: parseEther('1'), solo: false });
    expect(stored).toMatchObject({ state: 'submitted', version: 0 });
    expect(await readFunds(chain.client, contracts, orchId)).toMatchObject({ reserved: parseEther('1') });
    await expect(send(roles.stranger, submitCall(contracts, batch))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(send(roles.stranger, settleCall(contracts, batch.header))).rejects.toMatchObject({
      code: 'CHAIN_TOO_EARLY',
      message: expect.stringContaining('ChallengeWindowOpen('),
    });
    const snapshot = await chain.anvil.call('evm_snapshot');
    await chain.mineAt(epochStartSec(network.parameters.clock, 4) + 48 * 3600);
    await send(roles.stranger, settleCall(contracts, batch.header));
    expect(await readAccrued(chain.client, contracts, nodeId)).toBe(parseEther('0.95'));
    const to = chain.account(roles.nodeOwner);
    await expect(send(roles.stranger, claimCall(contracts, { id: nodeId, to }))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await send(roles.nodeOwner, claimCall(contracts, { id: nodeId, to }));
    expect(await readAccrued(chain.client, contracts, nodeId)).toBe(0n);
    await expect(send(roles.nodeOwner, claimCall(contracts, { id: nodeId, to }))).rejects.toMatchObject({
      code: 'NOTHING_TO_CLAIM',
    });
    await chain.anvil.call('evm_revert', [snapshot]);
  });

  it('are not paid for by an empty account, which is named, and go on when it is funded', async () => {
    const { chain, contracts, send } = network;
    const sender = chain.account(roles.stranger);
    const approve = () => send(roles.stranger, approveCall(contracts, { amount: 1n }));
    await chain.anvil.call('anvil_setBalance', [sender, '0x0']);
    await expect(approve()).rejects.toMatchObject({
      code: 'SENDER_UNFUNDED',
      message: expect.stringContaining(sender),
    });
    await chain.anvil.call('anvil_setBalance', [sender, `0x${parseEther('10').toString(16)}`]);
    expect(await approve()).toMatchObject({ status: 'success' });
  });

  it('refuse by code and name the reason', async () => {
    const { contracts, send, nodeKey } = network;
    const submitted = async (batch: Awaited<ReturnType<typeof signed>>) =>
      send(roles.stranger, submitCall(contracts, batch));
    await expect(submitted(await signed(2, parseEther('600')))).rejects.toMatchObject({
      code: 'STAKE_TOO_SMALL',
      message: expect.stringContaining('StakeTooSmall('),
    });
    await expect(submitted(await signed(9))).rejects.toMatchObject({ code: 'CHAIN_TOO_EARLY' });
    await expect(submitted({ ...(await signed(2)), orchSignature: '0x1234' })).rejects.toMatchObject({
      code: 'BATCH_SIGNATURE_WRONG',
      message: expect.stringContaining('SignatureLength(2)'),
    });
    await expect(submitted(await signBatch(contracts, header(2), nodeKey, nodeKey))).rejects.toMatchObject({
      code: 'BATCH_SIGNATURE_WRONG',
    });
    await expect(submitted(await signed(0))).rejects.toMatchObject({ code: 'MEMBER_UNKNOWN' });
    await expect(send(roles.stranger, settleCall(contracts, header(2)))).rejects.toMatchObject({
      code: 'BATCH_REFUSED',
    });
    await expect(
      send(roles.stranger, scheduleStandardCall(contracts, network.parameters.standard)),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(
      send(roles.governor, scheduleStandardCall(contracts, { ...network.parameters.standard, feeBps: 2000 })),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('feeBps') });
  });

  it('say what they are', async () => {
    const { chain, contracts, nodeId, orchId, parameters, nodeKey, send } = network;
    const { deploymentBlock: _, ...addresses } = contracts;
    expect(await readContracts(chain.client, contracts.core)).toEqual(addresses);
    expect(await readClock(chain.client, contracts)).toEqual(parameters.clock);
    expect(await readMember(chain.client, contracts, 99n)).toBeUndefined();
    expect(await readMember(chain.client, contracts, nodeId)).toMatchObject({
      kind: 'node',
      owner: chain.account(roles.nodeOwner),
      stake: parseEther('10000'),
      activeFrom: 1,
    });
    expect(await readSignerAt(chain.client, contracts, nodeId, 1)).toBe(privateKeyToAddress(nodeKey));
    expect(await readSignerAt(chain.client, contracts, nodeId, 0)).toBeUndefined();
    expect(await readStandardAt(chain.client, contracts, 7)).toEqual({ version: 0, standard: parameters.standard });
    await send(roles.orchOwner, requestFundWithdrawalCall(contracts, { orchId, amount: parseEther('4999') }));
    const { total, reserved, leaving, dependable } = await readFunds(chain.client, contracts, orchId);
    expect(leaving).toBe(parseEther('4999'));
    expect(dependable).toBe(total - reserved - leaving > 0n ? total - reserved - leaving : 0n);
    const asked = await askFunds(new RpcSource(chain.anvil.url), contracts.core, orchId);
    expect(asked).toEqual({ total, reserved, leaving, dependable });
  });

  it('are not taken from another chain or another address', async () => {
    const { chain, contracts } = network;
    await expect(openChain({ rpcUrl: chain.anvil.url, chainId: 1 })).rejects.toMatchObject({ code: 'CHAIN_WRONG' });
    await expect(openChain({ rpcUrl: 'http://127.0.0.1:1', chainId: 1 })).rejects.toMatchObject({
      code: 'CHAIN_UNAVAILABLE',
    });
    await expect(readContracts(chain.client, chain.account(0))).rejects.toMatchObject({ code: 'CHAIN_WRONG' });
    expect(contracts.chainId).toBe(31_337);
  }, 30_000);
});
