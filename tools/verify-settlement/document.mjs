// The demo's JSON, read so strictly that there is one way to write a settlement: a byte that differs is refused here or
// leads to another hash.
import { leafBytes } from './leaf.mjs';
import { Mismatch } from './mismatch.mjs';
import { nodeBytes } from './tree.mjs';

const depthMax = 32;
const hash = /^0x[0-9a-f]{64}$/;
const leafText = new RegExp(`^0x[0-9a-f]{${2 * leafBytes}}$`);
const siblingsText = new RegExp(`^0x([0-9a-f]{${2 * nodeBytes}}){0,${depthMax}}$`);
const amountText = /^(0|[1-9][0-9]{0,28})$/;

/**
 * @typedef {{tx: string, gas: bigint, paid: bigint, batchKey: string,
 *   openings: {leaf: Buffer, index: number, siblings: Buffer}[]}} SettlementDocument
 */

/**
 * @param {unknown} document {tx, gas, paid, batchKey, leaves[2], proofs[2]{index, siblings}}
 * @returns {SettlementDocument}
 * @throws {Mismatch}
 */
export function parseDocument(document) {
  const fields = exactly(document, 'settlement', ['tx', 'gas', 'paid', 'batchKey', 'leaves', 'proofs']);
  const [leaves, proofs] = [pair(fields.leaves, 'leaves'), pair(fields.proofs, 'proofs')];
  return {
    tx: text(fields.tx, 'tx', hash),
    gas: BigInt(whole(fields.gas, 'gas')),
    paid: BigInt(text(fields.paid, 'paid', amountText)),
    batchKey: text(fields.batchKey, 'batchKey', hash),
    openings: leaves.map((leaf, at) => {
      const proof = exactly(proofs[at], `proofs[${at}]`, ['index', 'siblings']);
      return {
        leaf: bytes(text(leaf, `leaves[${at}]`, leafText)),
        index: whole(proof.index, `proofs[${at}].index`),
        siblings: bytes(text(proof.siblings, `proofs[${at}].siblings`, siblingsText)),
      };
    }),
  };
}

function exactly(value, name, keys) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject && Object.keys(value).sort().join() === [...keys].sort().join()) return value;
  throw new Mismatch(`${name}: expected an object of ${keys.join(', ')}`);
}

function pair(value, name) {
  if (Array.isArray(value) && value.length === 2) return value;
  throw new Mismatch(`${name}: expected two entries`);
}

function text(value, name, pattern) {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Mismatch(`${name}: expected ${pattern.source}`);
}

function whole(value, name) {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Mismatch(`${name}: expected a whole number`);
}

function bytes(hex) {
  return Buffer.from(hex.slice(2), 'hex');
}
