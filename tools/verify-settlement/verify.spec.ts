import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readBatch, setSignerCall, settleCall, submitCall } from '@chroom/chain';
import { createTestNetwork, roles, signBatch, type TestNetwork } from '@chroom/chain/testing';
import {
  batchKey,
  epochAt,
  epochStartSec,
  type Leaf,
  packLeaf,
  packNode,
  startStandard,
} from '@chroom/protocol/proofs';
import { assembleBatch, ProofDigests } from '@chroom/receipts';
import { signLeaf, testKey } from '@chroom/receipts/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concat, type Hex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { openChainView } from './chain-view.mjs';
import { verifySettlement } from './verify.mjs';

const program = fileURLToPath(new URL('../verify-settlement.mjs', import.meta.url));
const challengeSec = 48 * 3600;

describe('verify-settlement', () => {
  let network: TestNetwork;
  let digests: ProofDigests;

  beforeAll(async () => {
    network = await createTestNetwork();
    digests = new ProofDigests(network.contracts.chainId, network.contracts.proofs);
  }, 60_000);

  afterAll(() => network?.stop());

  it('accepts two leaves of three, one signed by a client and one by the orchestrator', async () => {
    const { document } = await settled('three leaves', 3);
    expect(await run(document, '--core', network.contracts.core)).toMatchObject({ code: 0 });
  }, 60_000);

  it('refuses the document when any one of its bytes differs', async () => {
    const { document } = await settled('two leaves', 2);
    const chain = await openChainView(network.chain.anvil.url);
    expect(await verifySettlement(document, chain)).toHaveLength(6);
    const text = JSON.stringify(document);
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at++) {
      const changed = `${text.slice(0, at)}${otherThan(text[at]!)}${text.slice(at + 1)}`;
      if (await isAccepted(changed, chain)) accepted.push(`byte ${at} of ${text}`);
    }
    expect(accepted).toEqual([]);
  }, 120_000);

  it('refuses digits in capitals: there is one way to write a settlement', async () => {
    const { document } = await settled('two leaves', 2);
    const chain = await openChainView(network.chain.anvil.url);
    const shouting = { ...document, batchKey: `0x${document.batchKey.slice(2).toUpperCase()}` };
    await expect(verifySettlement(shouting, chain)).rejects.toThrow(/batchKey: expected/);
  });

  it.each<[string, RegExp, (document: Document) => unknown]>([
    [
      'one leaf twice',
      /one twice|two places/,
      (it_) => ({ ...it_, leaves: [it_.leaves[0], it_.leaves[0]], proofs: [it_.proofs[0], it_.proofs[0]] }),
    ],
    ['proofs that changed places', /root/, (it_) => ({ ...it_, proofs: [it_.proofs[1], it_.proofs[0]] })],
    [
      'a place behind the last leaf',
      /index: expected one below 3/,
      (it_) => ({ ...it_, proofs: [it_.proofs[0], { ...it_.proofs[1], index: 3 }] }),
    ],
    [
      'a proof without its upper half',
      /siblings: expected 2/,
      (it_) => ({
        ...it_,
        proofs: [{ ...it_.proofs[0], siblings: it_.proofs[0].siblings.slice(0, 122) }, it_.proofs[1]],
      }),
    ],
    [
      'a transaction that settles something else',
      /settles no batch/,
      (it_) => ({ ...it_, batchKey: batchKey(9n, 9n, 9) }),
    ],
    ['a transaction that nobody knows', /no such transaction/, (it_) => ({ ...it_, tx: `0x${'11'.repeat(32)}` })],
    ['an unknown field', /expected an object/, (it_) => ({ ...it_, note: 'x' })],
    ['nothing', /expected an object/, () => undefined],
  ])('refuses %s', async (_, message, change) => {
    const { document } = await settled('three leaves', 3);
    const chain = await openChainView(network.chain.anvil.url);
    await expect(verifySettlement(change(document), chain)).rejects.toThrow(message);
  });

  it('refuses a batch that is submitted and not settled, and the contracts of another network', async () => {
    const { document } = await settled('three leaves', 3);
    const { submitTx } = await settled('two leaves', 2);
    const chain = await openChainView(network.chain.anvil.url);
    const submission = { ...document, tx: submitTx.transactionHash, gas: Number(submitTx.gasUsed) };
    await expect(verifySettlement(submission, chain)).rejects.toThrow(/a call of settle/);
    expect(await run(document, '--core', network.contracts.token)).toEqual({
      code: 1,
      output: expect.stringContaining('FAILS   core: expected'),
    });
  }, 60_000);

  it('refuses a receipt that its witness did not sign', async () => {
    const { document } = await settled('a forged receipt', 2, (leaf, at) =>
      at === 0 ? leaf : { ...leaf, receiptSignature: leafOf(leaf.receipt.epoch + 1, at).receiptSignature },
    );
    const chain = await openChainView(network.chain.anvil.url);
    await expect(verifySettlement(document, chain)).rejects.toThrow(/receipt signature/);
  }, 60_000);

  it('says what it needs, and that a chain does not answer', async () => {
    const { document } = await settled('three leaves', 3);
    expect(await execute(['--json', '-'], '{}')).toMatchObject({
      code: 1,
      output: expect.stringContaining('--rpc URL'),
    });
    const nobody = ['--rpc', 'http://127.0.0.1:9', '--json', '-'];
    const answer = await execute(nobody, JSON.stringify({ settlement: document }));
    expect(answer).toMatchObject({ code: 1, output: expect.stringContaining('does not answer') });
  }, 60_000);

  it('holds a grant against the key of the epoch in which it begins, for a change of keys does not end it', async () => {
    const { chain, contracts, orchId, parameters, send, toEpoch } = network;
    const begun = epochAt(parameters.clock, await chain.now());
    const newKey = testKey('the next orchestrator');
    await send(roles.orchOwner, setSignerCall(contracts, { id: orchId, signer: privateKeyToAddress(newKey) }));
    await toEpoch(begun + 1);
    const view = await openChainView(chain.anvil.url);
    const running = await settle(2, (leaf, at) => leafOf(leaf.receipt.epoch, at, begun), newKey);
    expect(await verifySettlement(running.document, view)).toHaveLength(6);
    const granted = await settle(2, (leaf) => leaf, newKey);
    await expect(verifySettlement(granted.document, view)).rejects.toThrow(/leaves\[\d\] grant signature/);
  }, 60_000);

  type Document = Awaited<ReturnType<typeof settle>>['document'];
  const made = new Map<string, ReturnType<typeof settle>>();

  /** A batch that is settled once for all tests that name it. */
  function settled(name: string, leaves: number, change = (leaf: Leaf, _: number) => leaf) {
    const found = made.get(name) ?? settle(leaves, change);
    made.set(name, found);
    return found;
  }

  async function settle(count: number, change: (leaf: Leaf, at: number) => Leaf, orchKey: Hex = network.orchKey) {
    const { contracts, nodeId, orchId, nodeKey, send, chain, parameters } = network;
    const epoch = epochAt(parameters.clock, await chain.now());
    const leaves = Array.from({ length: count }, (_, at) => change(leafOf(epoch, at), at));
    const batch = assembleBatch({ nodeId, orchId, epoch }, leaves, startStandard);
    await chain.mineAt(epochStartSec(parameters.clock, epoch + 1));
    const submitTx = await send(
      roles.stranger,
      submitCall(contracts, await signBatch(contracts, batch.header, nodeKey, orchKey)),
    );
    await chain.mineAt((await chain.now()) + challengeSec + 1);
    const receipt = await send(roles.stranger, settleCall(contracts, batch.header));
    const key = batchKey(nodeId, orchId, epoch);
    const found = await readBatch(chain.client, contracts, key);
    expect(found?.state).toBe('settled');
    const document = {
      tx: receipt.transactionHash,
      gas: Number(receipt.gasUsed),
      paid: (batch.header.value - (batch.header.value * 500n) / 10_000n).toString(),
      batchKey: key,
      leaves: [0, 1].map((index) => packLeaf(batch.leaves[index]!)) as [string, string],
      proofs: [0, 1].map((index) => ({
        index,
        siblings: concat(batch.tree.open(index).siblings.map(packNode)) as string,
      })) as [{ index: number; siblings: string }, { index: number; siblings: string }],
    };
    return { document, submitTx };
  }

  function leafOf(epoch: number, at: number, begun = epoch): Leaf {
    const { nodeId, orchId, orchKey, parameters } = network;
    const notBefore = epochStartSec(parameters.clock, begun);
    return signLeaf({
      digests,
      orchestratorKey: orchKey,
      ...(at % 2 === 0 ? { clientKey: testKey(`client ${at}`) } : {}),
      session: at,
      grant: { nodeId, orchId, notBefore, notAfter: epochStartSec(parameters.clock, epoch + 1) },
      receipt: { epoch, lossPpm: 20_000 * at },
    });
  }

  /** Another digit for a digit, so that the form still fits; for anything else its neighbour. */
  function otherThan(character: string): string {
    if (/[0-9]/.test(character)) return String((Number(character) + 1) % 10);
    if (/[a-f]/.test(character)) return character === 'f' ? 'e' : 'f';
    return String.fromCharCode(character.charCodeAt(0) ^ 1);
  }

  async function isAccepted(text: string, chain: Awaited<ReturnType<typeof openChainView>>): Promise<boolean> {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      return false;
    }
    return verifySettlement(document, chain).then(
      () => true,
      (error: Error) => {
        if (error.name !== 'Mismatch') throw error;
        return false;
      },
    );
  }

  function run(document: Document, ...more: string[]) {
    return execute(
      ['--rpc', network.chain.anvil.url, '--json', '-', ...more],
      JSON.stringify({ settlement: document }),
    );
  }

  function execute(args: string[], input: string): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
      child.stdin!.end(input);
    });
  }
});
