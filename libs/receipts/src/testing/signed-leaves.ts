import { createHash } from 'node:crypto';
import {
  clientKeyOfSigner,
  type Grant,
  hashGrant,
  type Leaf,
  noClientPublicKey,
  type Receipt,
} from '@chroom/protocol/proofs';
import { p256 } from '@noble/curves/nist.js';
import { bytesToHex, type Hex, hexToBytes, keccak256, numberToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { clientKeyOfPublicKey } from '../signing/client-signature.js';
import { signAsMember } from '../signing/member-signature.js';
import type { ProofDigests } from '../signing/proof-digests.js';

/** Keys for specs: nobody else's. */
export function testKey(name: string): Hex {
  return keccak256(`0x${Buffer.from(`chroom test ${name}`).toString('hex')}`);
}

export interface LeafWish {
  readonly digests: ProofDigests;
  readonly orchestratorKey: Hex;
  /** Class 1: the client's P-256 key. Otherwise a secp256k1 witness (class 3), or the orchestrator itself (class 2). */
  readonly clientKey?: Hex;
  readonly witnessKey?: Hex;
  /** Distinguishes sessions. */
  readonly session: number;
  readonly grant?: Partial<Grant>;
  readonly receipt?: Partial<Receipt>;
}

/** A leaf with true signatures; by default ten seconds at 1 Mbit/s in epoch 0 for 1 token a GiB. */
export function signLeaf(wish: LeafWish): Leaf {
  const publicKey = wish.clientKey && bytesToHex(p256.getPublicKey(hexToBytes(wish.clientKey), false).slice(1));
  const witnessKey = wish.witnessKey ?? wish.orchestratorKey;
  const grant: Grant = {
    sessionId: numberToHex(wish.session, { size: 32 }),
    nodeId: 1n,
    orchId: 2n,
    clientKey: publicKey ? clientKeyOfPublicKey(publicKey) : clientKeyOfSigner(privateKeyToAddress(witnessKey)),
    notBefore: 0,
    notAfter: 2 ** 40 - 1,
    maxKbps: 20_000,
    pricePerGiB: 10n ** 18n,
    maxValue: 10n ** 18n,
    ...wish.grant,
  };
  const receipt: Receipt = {
    grant: hashGrant(grant),
    epoch: 0,
    seq: 1,
    activeSec: 10,
    slots: (1n << 10n) - 1n,
    rxBytes: 1_000_000n,
    txBytes: 250_000n,
    lossPpm: 0,
    jitterUs: 0,
    rttUs: 20_000,
    ...wish.receipt,
  };
  const digest = wish.digests.receipt(receipt);
  return {
    grant,
    receipt,
    grantSignature: signAsMember(wish.orchestratorKey, wish.digests.grant(grant)),
    clientPublicKey: publicKey ?? noClientPublicKey,
    receiptSignature: wish.clientKey ? signAsClient(wish.clientKey, digest) : signAsMember(witnessKey, digest),
  };
}

/** What WebCrypto does with ECDSA P-256 and SHA-256; its s is as often high as low. */
export function signAsClient(privateKey: Hex, digest: Hex): Hex {
  const message = createHash('sha256').update(hexToBytes(digest)).digest();
  const options = { prehash: false, lowS: false };
  return bytesToHex(p256.sign(message, hexToBytes(privateKey), options).toCompactRawBytes());
}
