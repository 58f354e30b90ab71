import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Grant, type Leaf, noClientPublicKey, type Receipt, startStandard } from '@chroom/protocol/proofs';
import { describe, expect, it } from '@jest/globals';
import { p256 } from '@noble/curves/nist.js';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { verifyClientSignature } from '../signing/client-signature.js';
import { recoverMember, signAsMember } from '../signing/member-signature.js';
import { ProofDigests } from '../signing/proof-digests.js';
import { signLeaf, testKey } from '../testing/index.js';
import { KnownGrants } from './known-grants.js';
import { orderReceipt } from './receipt-order.js';
import { type LeafRules, verifyLeaf } from './verify-leaf.js';

const digests = new ProofDigests(31_337, '0x00000000000000000000000000000000c4700001');
const orchestratorKey = testKey('orchestrator');
const clientKey = testKey('client');
const otherNodeKey = testKey('other node');
const rules: LeafRules = {
  digests,
  clock: { startSec: 1_000_000, slotSec: 1 },
  standard: startStandard,
  nodeId: 1n,
  orchId: 2n,
  epoch: 0,
  keys: {
    orchestrator: privateKeyToAddress(orchestratorKey),
    isOtherNode: (signer) => signer === privateKeyToAddress(otherNodeKey).toLowerCase(),
  },
};
const make = (grant: Partial<Grant> = {}, receipt: Partial<Receipt> = {}) =>
  signLeaf({ digests, orchestratorKey, clientKey, session: 1, grant, receipt });
const faultOf = (leaf: Leaf, changed: Partial<LeafRules> = {}) => {
  const verdict = verifyLeaf(leaf, { ...rules, ...changed });
  return verdict.ok ? verdict.witness : verdict.fault;
};

describe('verifyLeaf', () => {
  it('derives the class of the witness from its key', () => {
    const wish = { digests, orchestratorKey, session: 1 };
    expect([
      faultOf(signLeaf({ ...wish, clientKey })),
      faultOf(signLeaf(wish)),
      faultOf(signLeaf({ ...wish, witnessKey: otherNodeKey })),
      faultOf(signLeaf({ ...wish, witnessKey: testKey('stranger') })),
    ]).toEqual([1, 2, 3, 'Witness']);
  });

  it('gives the value by the standard', () => {
    expect(verifyLeaf(make(), rules)).toMatchObject({ ok: true, value: (1_250_000n * 10n ** 18n) >> 30n });
  });

  it.each<[string, string, Partial<Grant>, Partial<Receipt>, Partial<LeafRules>]>([
    ['another node', 'Node', { nodeId: 9n }, {}, {}],
    ['another orchestrator', 'Orch', { orchId: 9n }, {}, {}],
    ['another epoch', 'Epoch', {}, { epoch: 1 }, {}],
    ['a grant that ended when the epoch began', 'Expired', { notAfter: 1_000_000 }, {}, {}],
    ['a grant that begins when the epoch ends', 'Expired', { notBefore: 1_000_064 }, {}, {}],
    ['a second more than its slots', 'OverTime', {}, { activeSec: 11 }, {}],
    ['a byte more than its rate', 'OverRate', { maxKbps: 1_000 }, { rxBytes: 1_000_001n }, {}],
    ['a value above the cap', 'OverCap', { maxValue: ((1_250_000n * 10n ** 18n) >> 30n) - 1n }, {}, {}],
  ])('refuses %s', (_, fault, grant, receipt, changed) => {
    expect(faultOf(make(grant, receipt), changed)).toBe(fault);
  });

  it.each<[string, Partial<Grant>, Partial<Receipt>]>([
    ['a grant that ends one second into the epoch', { notAfter: 1_000_001 }, {}],
    ['a grant that begins in the last second', { notBefore: 1_000_063 }, {}],
    ['exactly the rate', { maxKbps: 1_000 }, {}],
    ['exactly the cap', { maxValue: (1_250_000n * 10n ** 18n) >> 30n }, {}],
  ])('accepts %s', (_, grant, receipt) => {
    expect(faultOf(make(grant, receipt))).toBe(1);
  });

  it('counts at most 2^63 bytes in a leaf, whatever its grant allows', () => {
    const clock = { ...rules.clock, slotSec: 2 ** 26 };
    const volumeOf = (rxBytes: bigint) =>
      faultOf(
        make(
          { maxKbps: 2 ** 32 - 1, pricePerGiB: 0n },
          { activeSec: 2 ** 32 - 1, slots: (1n << 64n) - 1n, rxBytes, txBytes: 1n },
        ),
        { clock },
      );
    expect([volumeOf((1n << 63n) - 1n), volumeOf(1n << 63n)]).toEqual([1, 'OverCap']);
  });

  it('refuses what somebody else signed, or what was changed afterwards', () => {
    const leaf = make();
    const stranger = signAsMember(testKey('stranger'), digests.grant(leaf.grant));
    expect(faultOf({ ...leaf, grantSignature: stranger })).toBe('GrantSig');
    expect(faultOf({ ...leaf, receipt: { ...leaf.receipt, rxBytes: 999_999n } })).toBe('ReceiptSig');
    expect(faultOf({ ...leaf, grant: { ...leaf.grant, pricePerGiB: 1n } })).toBe('GrantSig');
    expect(faultOf({ ...leaf, clientPublicKey: noClientPublicKey })).toBe('Witness');
    expect(faultOf({ ...leaf, clientPublicKey: `0x${'11'.repeat(64)}` })).toBe('Witness');
    const elsewhere = new ProofDigests(1, digests.proofs);
    expect(faultOf(leaf, { digests: elsewhere })).toBe('GrantSig');
  });

  it('refuses the same of a grant that was found right before', () => {
    const [leaf, knownGrants] = [make(), new KnownGrants()];
    expect([faultOf(leaf, { knownGrants }), faultOf(leaf, { knownGrants })]).toEqual([1, 1]);
    const stranger = signAsMember(testKey('stranger'), digests.grant(leaf.grant));
    expect(faultOf({ ...leaf, grantSignature: stranger }, { knownGrants })).toBe('GrantSig');
    expect(faultOf({ ...leaf, grant: { ...leaf.grant, pricePerGiB: 1n } }, { knownGrants })).toBe('GrantSig');
    expect(faultOf({ ...leaf, receipt: { ...leaf.receipt, rxBytes: 999_999n } }, { knownGrants })).toBe('ReceiptSig');
    const keys = { ...rules.keys, orchestrator: privateKeyToAddress(testKey('rotated')) };
    expect(faultOf(leaf, { knownGrants, keys })).toBe('GrantSig');
  });
});

describe('signatures', () => {
  it('of clients count with a high and with a low s', () => {
    const digest = digests.receipt(make().receipt);
    const message = createHash('sha256').update(hexToBytes(digest)).digest();
    const low = p256.sign(message, hexToBytes(clientKey), { prehash: false, lowS: true });
    const high = new p256.Signature(low.r, p256.CURVE.n - low.s);
    const publicKey = bytesToHex(p256.getPublicKey(hexToBytes(clientKey), false).slice(1));
    for (const signature of [low, high]) {
      expect(verifyClientSignature(publicKey, digest, bytesToHex(signature.toCompactRawBytes()))).toBe(true);
    }
    const wrong = new p256.Signature(low.r, low.s - 1n);
    expect(verifyClientSignature(publicKey, digest, bytesToHex(wrong.toCompactRawBytes()))).toBe(false);
    expect(verifyClientSignature(`0x${'ff'.repeat(64)}`, digest, bytesToHex(low.toCompactRawBytes()))).toBe(false);
  });

  it('of members agree with the golden vectors', () => {
    const file = new URL('../../../protocol/vectors/proofs.json', import.meta.url);
    const { headers, signers, leaves } = JSON.parse(readFileSync(file, 'utf8')) as {
      signers: { node: Hex; orchestrator: Hex };
      headers: { digest: Hex; nodeSignature: Hex; orchSignature: Hex }[];
      leaves: {
        grantDigest: Hex;
        grantSignature: Hex;
        receiptDigest: Hex;
        clientPublicKey: Hex;
        receiptSignature: Hex;
      }[];
    };
    for (const { digest, nodeSignature, orchSignature } of headers) {
      expect(recoverMember(digest, nodeSignature)).toBe(signers.node.toLowerCase());
      expect(recoverMember(digest, orchSignature)).toBe(signers.orchestrator.toLowerCase());
    }
    for (const leaf of leaves) {
      expect(recoverMember(leaf.grantDigest, leaf.grantSignature)).toBe(signers.orchestrator.toLowerCase());
      const isClassOne = leaf.clientPublicKey !== noClientPublicKey;
      if (isClassOne) {
        expect(verifyClientSignature(leaf.clientPublicKey, leaf.receiptDigest, leaf.receiptSignature)).toBe(true);
      } else {
        expect(recoverMember(leaf.receiptDigest, leaf.receiptSignature)).toBe(signers.orchestrator.toLowerCase());
      }
    }
  });

  it('that are no signatures recover nobody', () => {
    const digest = testKey('digest');
    expect(recoverMember(digest, `0x${'00'.repeat(64)}`)).toBeUndefined();
    expect(recoverMember(digest, `0x${'ff'.repeat(64)}`)).toBeUndefined();
    expect(recoverMember(digest, '0x12')).toBeUndefined();
  });
});

describe('orderReceipt', () => {
  const kept = make({}, { seq: 5 }).receipt;
  it.each([
    ['a higher seq with equal counters', { seq: 6 }, 'newer'],
    ['the same receipt again', {}, 'same'],
    ['an earlier one', { seq: 4, rxBytes: 5n, slots: 1n }, 'older'],
    ['counters that went back', { seq: 6, rxBytes: 999_999n }, 'COUNTERS_BACK'],
    ['a slot that disappeared', { seq: 6, slots: 1n }, 'COUNTERS_BACK'],
    ['another content under the same seq', { rxBytes: 1_000_001n }, 'SEQUENCE_REUSED'],
  ])('says of %s: %#', (_, changed, order) => {
    expect(orderReceipt(kept, { ...kept, ...changed })).toBe(order);
  });
});
