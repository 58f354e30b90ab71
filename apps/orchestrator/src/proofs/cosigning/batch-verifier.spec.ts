import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Hex, signerAddressOf } from '@chroom/protocol';
import { type Leaf, startStandard } from '@chroom/protocol/proofs';
import { assembleBatch, encodeLeafFile, signAsMember } from '@chroom/receipts';
import { signLeaf } from '@chroom/receipts/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ManualTime } from '../../rooms/testing/manual-time.js';
import { FixedProofNetwork } from '../testing/fixed-proof-network.js';
import { specNodeId, specNodeKey, specOrchId, specOrchKey } from '../testing/proof-bench.js';
import type { BatchTask } from './batch-task.js';
import { BatchVerifier, leavesInPlaceMax } from './batch-verifier.js';

Logger.overrideLogger(false);
const epoch = 3;
/** More turns of the event loop than it has while the thread starts. */
const turns = 1_000;

describe('verification of batches', () => {
  const { digests, clock } = new FixedProofNetwork().facts;
  const signers = new Map([[0, signerAddressOf(specOrchKey)]]);
  let time: ManualTime;
  let verifier: BatchVerifier;
  let leaves: Leaf[];

  beforeAll(() => {
    leaves = Array.from({ length: 4 * leavesInPlaceMax }, (_, session) =>
      signLeaf({
        digests,
        orchestratorKey: specOrchKey,
        session,
        grant: { nodeId: specNodeId, orchId: specOrchId, notBefore: clock.startSec },
        receipt: { epoch },
      }),
    );
  }, 60_000);
  beforeEach(() => {
    time = new ManualTime();
    verifier = new BatchVerifier(time.asTimers);
  });
  afterEach(() => verifier.onApplicationShutdown());

  const taskOf = (own: readonly Leaf[], brought = own): BatchTask => {
    const { header, leafFile } = assembleBatch(
      { nodeId: specNodeId, orchId: specOrchId, epoch },
      brought,
      startStandard,
    );
    return {
      header,
      nodeSignature: signAsMember(specNodeKey, digests.header(header)),
      nodeSigner: signerAddressOf(specNodeKey),
      leafFile,
      ownLeaves: own.length > 0 ? encodeLeafFile(own) : new Uint8Array(),
      signers,
      standard: startStandard,
      clock,
      chainId: digests.chainId,
      proofs: digests.proofs as Hex,
    };
  };

  it('of a large one leaves the event loop to others until its answer comes', async () => {
    const task = taskOf(leaves);
    let isAnswered = false;
    const verdict = verifier.verify(task).finally(() => {
      isAnswered = true;
    });
    let turned = 0;
    for (; turned < turns && !isAnswered; turned += 1) await nextTurn();
    expect({ turned, isAnswered }).toEqual({ turned: turns, isAnswered: false });
    expect(await verdict).toEqual({ ok: true });
  });

  it('says in the thread what it says in place', async () => {
    const [brought, missing] = [leaves.slice(1), leaves.slice(0, -1)];
    expect(await verifier.verify(taskOf(missing, brought))).toMatchObject({ ok: false, fault: 'GrantUnknown' });
    const unsigned = { ...taskOf(leaves), nodeSignature: signAsMember(specOrchKey, `0x${'11'.repeat(32)}`) };
    expect(await verifier.verify(unsigned)).toMatchObject({ ok: false, fault: 'NodeSig' });
    const torn = { ...taskOf(leaves), leafFile: new Uint8Array(100_000) };
    await expect(verifier.verify(torn)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('of a small one needs no thread, and a thread that is idle ends', async () => {
    expect(await verifier.verify(taskOf(leaves.slice(0, 3)))).toEqual({ ok: true });
    expect(verifier.hasThread).toBe(false);
    expect(await verifier.verify(taskOf(leaves))).toEqual({ ok: true });
    expect(verifier.hasThread).toBe(true);
    time.advance(60_000);
    expect(verifier.hasThread).toBe(false);
  });

  it('that takes too long is given up, and the next one gets a new thread', async () => {
    const late = verifier.verify(taskOf(leaves));
    time.advance(180_000);
    await expect(late).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('180 s') });
    expect(await verifier.verify(taskOf(leaves))).toEqual({ ok: true });
  });
});
