import { startStandard } from '@chroom/protocol/proofs';
import { ProofDigests } from '@chroom/receipts';
import { describeCosigner, testKey } from '@chroom/receipts/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { privateKeyToAddress } from 'viem/accounts';
import { startCosigner } from './testing/cosigning-orchestrator.js';

describeCosigner(
  { describe, it, beforeEach, afterEach, expect },
  'the model that settlement is tested with',
  async () => {
    const [nodeKey, orchKey] = [testKey('node'), testKey('orchestrator')];
    const digests = new ProofDigests(31_337, `0x${'c0'.repeat(20)}`);
    const clock = { startSec: 1_000_000, slotSec: 1 };
    const cosigner = await startCosigner(orchKey, {
      digests,
      clock,
      standardAt: async () => startStandard,
      orchId: 2n,
      keysAt: () => ({ orchestrator: privateKeyToAddress(orchKey), isOtherNode: () => false }),
      nodeSignerAt: async () => privateKeyToAddress(nodeKey),
    });
    return {
      url: cosigner.url,
      digests,
      clock,
      nodeId: 1n,
      orchId: 2n,
      nodeKey,
      orchKey,
      epoch: 3,
      issue: async (leaf) => cosigner.issue(leaf),
      close: () => cosigner.close(),
    };
  },
);
