import { clientKeyOfSigner, type Leaf, noClientPublicKey } from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import { clientKeyOfPublicKey } from '../signing/client-signature.js';

/** 1: the client itself, 2: the orchestrator that pays, 3: the node at the other end of a relay leg. */
export type WitnessClass = 1 | 2 | 3;

/** Keys that may witness with secp256k1, of the epoch in which the grant begins. */
export interface WitnessKeys {
  readonly orchestrator: Hex;
  /** Whether the address signs for another node than the grant's. */
  readonly isOtherNode: (signer: Hex) => boolean;
}

/**
 * The class follows from the keys in the leaf and is never declared. Undefined when the witness may not be one: an
 * account that is neither the orchestrator nor another node, or a public key that is not the grant's.
 */
export function witnessClass(
  leaf: Pick<Leaf, 'grant' | 'clientPublicKey'>,
  keys: WitnessKeys,
): WitnessClass | undefined {
  const { clientKey } = leaf.grant;
  if (leaf.clientPublicKey !== noClientPublicKey) {
    return clientKeyOfPublicKey(leaf.clientPublicKey) === clientKey.toLowerCase() ? 1 : undefined;
  }
  if (clientKey.toLowerCase() === clientKeyOfSigner(keys.orchestrator)) return 2;
  const signer = signerOfClientKey(clientKey);
  return signer !== undefined && keys.isOtherNode(signer) ? 3 : undefined;
}

/** The account that a clientKey names when its witness signs with secp256k1. */
export function signerOfClientKey(clientKey: Hex): Hex | undefined {
  return /^0x0{24}[0-9a-fA-F]{40}$/.test(clientKey) ? `0x${clientKey.slice(26)}` : undefined;
}
