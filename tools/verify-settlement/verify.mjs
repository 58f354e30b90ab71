// From the document to the chain and back: each line that holds is one thing that was recomputed.
import { eventsOf } from './chain-view.mjs';
import { parseDocument } from './document.mjs';
import { leafValue, readLeaf } from './leaf.mjs';
import { expectEqual, Mismatch } from './mismatch.mjs';
import { checkSignatures, digestsOf } from './signatures.mjs';
import { rootOf } from './tree.mjs';
import { hexOf, keccak256, structHash, word } from './words.mjs';

const headerType =
  'BatchHeader(uint64 nodeId,uint64 orchId,uint32 epoch,uint32 leaves,uint96 value,uint64 volume,uint64 slots,bytes32 root,bytes32 data)';
const settledState = 3;
const fullShare = 10_000n;
const slotsPerEpoch = 64;

/**
 * @param {unknown} json  the `settlement` of the demo's JSON
 * @param {Awaited<ReturnType<import('./chain-view.mjs').openChainView>>} chain
 * @param {string} [core]  the network's ChroomCore; without it, the one whose contracts the transaction calls
 * @returns {Promise<string[]>} what holds
 * @throws {Mismatch} at the first thing that does not
 */
export async function verifySettlement(json, chain, core) {
  const document = parseDocument(json);
  const transaction = await chain.transaction(document.tx);
  expectEqual('tx status', transaction.status, 'success');
  expectEqual('gas', document.gas, transaction.gasUsed);
  const header = transaction.headers.find((candidate) => keyOf(candidate) === document.batchKey);
  if (!header) throw new Mismatch(`batchKey: the transaction settles no batch ${document.batchKey}`);
  const { proofs, ledger } = await contractsOf(chain, transaction.to, core);
  const batch = await chain.read(proofs, 'batch', [document.batchKey]);
  expectEqual('state of the batch', batch.state, settledState);
  expectEqual('header hash', headerHashOf(header), batch.headerHash);
  const standard = bigints(await chain.read(proofs, 'standard', [batch.version]));
  const leaves = document.openings.map(({ leaf }) => readLeaf(leaf));
  checkLeaves(leaves, header);
  document.openings.forEach((opening, at) => {
    checkOpening(at, opening, leaves[at], header, standard);
  });
  checkLeafFile(document, header);
  const digest = digestsOf(chain.chainId, proofs);
  const granters = await Promise.all(leaves.map((leaf) => granterOf(leaf, header, chain, ledger)));
  for (const [at, leaf] of leaves.entries()) await checkSignatures(leaf, at, digest, granters[at]);
  checkPayment(document, header, standard, { transaction, proofs, ledger });
  return [
    `transaction ${document.tx} settled batch ${document.batchKey} for ${document.gas} gas`,
    `header hash ${batch.headerHash} of node ${header.nodeId}, orchestrator ${header.orchId}, epoch ${header.epoch}`,
    ...leaves.map((leaf, at) => `leaf ${document.openings[at].index} ${hexOf(leaf.hash)} leads to root ${header.root}`),
    `their grants are signed by orchestrator ${[...new Set(granters)].join(' and ')}, their receipts by the witnesses that the grants name`,
    `the node was paid ${document.paid} of ${header.value}`,
  ];
}

/** The core says in its own event what it paid: with --core nobody else's contracts are believed. */
async function contractsOf(chain, proofs, core) {
  const ledger = await chain.read(proofs, 'core').catch(() => {
    throw new Mismatch(`tx: ${proofs} is no contract of Chroom: it has no core()`);
  });
  if (core !== undefined) expectEqual('core', ledger.toLowerCase(), core.toLowerCase());
  return { proofs, ledger };
}

/** The orchestrator's key of the epoch in which the grant begins: a later one does not end running grants. */
async function granterOf({ notBefore }, { orchId, epoch }, chain, ledger) {
  const { start, slotSeconds } = await chain.read(ledger, 'clock');
  const begunSlots = (Number(notBefore) - Number(start)) / Number(slotSeconds);
  const grantEpoch = Math.min(Math.max(Math.floor(begunSlots / slotsPerEpoch), 0), epoch);
  return chain.read(ledger, 'signerAt', [orchId, grantEpoch]);
}

function headerHashOf({ nodeId, orchId, epoch, leaves, value, volume, slots, root, data }) {
  return hexOf(
    structHash(headerType, [nodeId, orchId, epoch, leaves, value, volume, slots, BigInt(root), BigInt(data)]),
  );
}

function keyOf({ nodeId, orchId, epoch }) {
  return hexOf(keccak256(Buffer.concat([word(nodeId), word(orchId), word(epoch)])));
}

function checkLeaves([first, second], { nodeId, orchId, epoch }) {
  for (const [at, leaf] of [first, second].entries()) {
    expectEqual(`leaves[${at}] node`, leaf.nodeId, nodeId);
    expectEqual(`leaves[${at}] orchestrator`, leaf.orchId, orchId);
    expectEqual(`leaves[${at}] epoch`, leaf.epoch, BigInt(epoch));
  }
  if (first.grantHash.equals(second.grantHash)) throw new Mismatch('leaves: expected two grants, received one twice');
}

function checkOpening(at, { index, siblings }, leaf, header, standard) {
  const value = leafValue(leaf, standard);
  if (value > leaf.maxValue) throw new Mismatch(`leaves[${at}] value: expected at most ${leaf.maxValue}, got ${value}`);
  const root = rootOf({ leaf, value, index, siblings, leaves: header.leaves });
  expectEqual(`proofs[${at}] root`, hexOf(root.hash), header.root);
  for (const sum of ['value', 'volume', 'slots']) expectEqual(`proofs[${at}] ${sum}`, root[sum], header[sum]);
}

/** With two leaves the whole leaf file is here, in the order of the batch. */
function checkLeafFile({ openings }, header) {
  const places = openings.map(({ index }) => index);
  if (places[0] === places[1]) throw new Mismatch(`proofs: expected two places, received ${places[0]} twice`);
  if (header.leaves !== 2) return;
  const ordered = [...openings].sort((left, right) => left.index - right.index);
  expectEqual('leaf file', hexOf(keccak256(Buffer.concat(ordered.map(({ leaf }) => leaf)))), header.data);
}

function checkPayment({ batchKey, paid }, header, standard, { transaction, proofs, ledger }) {
  const fee = (header.value * standard.feeBps) / fullShare;
  const settled = eventsOf(transaction.logs, proofs, 'BatchSettled').filter(({ key }) => key === batchKey);
  expectEqual('BatchSettled events', settled.length, 1);
  expectEqual('settled value', settled[0].value, header.value);
  expectEqual('fee', settled[0].fee, fee);
  const payment = eventsOf(transaction.logs, ledger, 'BatchPaid').find(
    (paidEvent) =>
      paidEvent.nodeId === header.nodeId &&
      paidEvent.orchId === header.orchId &&
      paidEvent.value === header.value &&
      paidEvent.fee === fee,
  );
  if (!payment) throw new Mismatch(`paid: the core ${ledger} wrote no payment of ${header.value} with a fee of ${fee}`);
  expectEqual('paid', paid, header.value - fee);
}

function bigints(standard) {
  return Object.fromEntries(Object.entries(standard).map(([name, value]) => [name, BigInt(value)]));
}
