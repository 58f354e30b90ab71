import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Log, parseEventLogs, toFunctionSelector } from 'viem';
import { setSignerCall } from '../calls/set-signer.js';
import { coreSelectors } from '../client/network-facts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import { createTestNetwork, roles, type TestNetwork } from '../testing/index.js';
import { decodeLog } from './decode-log.js';

describe('decodeLog', () => {
  let network: TestNetwork;
  let logs: Log[];
  beforeAll(async () => {
    network = await createTestNetwork();
    const { contracts, nodeId, chain, send } = network;
    await send(roles.nodeOwner, setSignerCall(contracts, { id: nodeId, signer: chain.account(3) }));
    const { core, proofs, token, deploymentBlock } = contracts;
    logs = await chain.client.getLogs({ address: [core, proofs, token], fromBlock: deploymentBlock });
  }, 60_000);
  afterAll(() => network?.stop());

  it('equals an independent implementation on what a network writes, and skips what is none of ours', () => {
    const abi = [...chroomCoreAbi, ...chroomProofsAbi];
    const expected = parseEventLogs({ abi, logs }).map(({ eventName, args }) => ({ eventName, args }));
    const decoded = logs.flatMap((log) => decodeLog(log) ?? []);
    expect(decoded).toEqual(expected);
    expect(new Set(decoded.map(({ eventName }) => eventName))).toEqual(
      new Set(['StandardScheduled', 'ProofsChanged', 'MemberRegistered', 'StakeAdded', 'Funded', 'SignerChanged']),
    );
    expect(decoded.length).toBeLessThan(logs.length);
  });

  it('gives nothing for a log that is cut off', () => {
    for (const { topics, data } of logs) {
      if (data.length > 2) expect(decodeLog({ topics, data: data.slice(0, -64) })).toBeUndefined();
      if (topics.length > 1) expect(decodeLog({ topics: topics.slice(0, 1), data })).toBeUndefined();
    }
  });

  it('asks ChroomCore by the selectors of its ABI', () => {
    const functions = chroomCoreAbi.filter((entry) => entry.type === 'function');
    const ofAbi = Object.keys(coreSelectors).map((name) => [
      name,
      functions.filter((entry) => entry.name === name).map((entry) => toFunctionSelector(entry)),
    ]);
    expect(Object.fromEntries(ofAbi)).toEqual(
      Object.fromEntries(Object.entries(coreSelectors).map(([name, selector]) => [name, [selector]])),
    );
  });
});
