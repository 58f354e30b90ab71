// After the call: waits until the chain has paid for it, and writes down what somebody else needs to check that.
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 1000;
/** From hang-up: the rest of the epoch (at most 64 s), the seal, two transactions and the challenge window between them. */
export const settledWithinMs = 120_000;
const requestTimeoutMs = 10_000;

/**
 * A call lasts several epochs, and each has a batch of its own. All of them must be settled; written down are those that
 * hold a leaf of both participants, the one that paid most first.
 * @param {{consoleUrl: string, rpcUrl: string}} ready
 * @param {() => Promise<{participant?: string, session: string}[]>} fetchSessions  of this call; who reloads has several,
 *   and the last of them may be written down only after its end
 * @param {number} hungUpAtMs
 * @returns {Promise<{settledAfterMs: number, batches: number, settlements: {tx: string, gas: number, paid: string,
 *   batchKey: string, leaves: string[], proofs: {index: number, siblings: string}[]}[]}>}
 */
export async function awaitSettlement(ready, fetchSessions, hungUpAtMs) {
  for (;;) {
    const sessions = await fetchSessions();
    const receipts = (await Promise.all(sessions.map((each) => receiptsOf(ready, each)))).flat();
    const shared = batchesOfBoth(receipts);
    if (shared.length > 0) {
      const settledAfterMs = Date.now() - hungUpAtMs;
      const batches = await Promise.all(shared.map((key) => ask(ready, `batches/${key}`)));
      batches.sort((one, other) => Number(BigInt(other.paid) - BigInt(one.paid)));
      const count = new Set(receipts.map(({ batchKey }) => batchKey)).size;
      const settlements = await Promise.all(batches.map((batch) => describe(ready, batch, receipts)));
      return { settledAfterMs, batches: count, settlements };
    }
    if (Date.now() - hungUpAtMs > settledWithinMs) {
      const stages = receipts.map(
        ({ epoch, participant, stage }) => `epoch ${epoch} ${participant}: ${stage ?? 'not sealed'}`,
      );
      throw new Error(
        `the call was not settled ${settledWithinMs / 1000} s after it ended (${stages.join(', ') || 'no receipt of it is there'})`,
      );
    }
    await delay(pollMs);
  }
}

async function receiptsOf(ready, { participant, session }) {
  const { items } = await ask(ready, `sessions/${session}`);
  return items.map((receipt) => ({ ...receipt, participant }));
}

/**
 * Keys of the batches that hold a leaf of both participants; none while a receipt of the call is not settled.
 * @param {{participant?: string, batchKey: string | null, stage: string | null}[]} receipts
 * @returns {string[]}
 */
export function batchesOfBoth(receipts) {
  if (!receipts.every(({ stage }) => stage === 'settled')) return [];
  const keys = new Set(receipts.map(({ batchKey }) => batchKey));
  return [...keys].filter((key) => participantsOf(receipts.filter(({ batchKey }) => batchKey === key)).length === 2);
}

/** A stay that ended before the orchestrator first wrote it down has a session and no name. */
function participantsOf(receipts) {
  return [...new Set(receipts.map(({ participant }) => participant))].filter((name) => name !== undefined);
}

/** One leaf of each participant, with its proof. */
async function describe(ready, batch, receipts) {
  const proofs = await Promise.all(
    participantsOf(receipts).map((wanted) => {
      const { grant } = receipts.find(({ participant, batchKey }) => participant === wanted && batchKey === batch.key);
      const { index } = batch.leafDetails.find((leaf) => leaf.grant === grant);
      return ask(ready, `batches/${batch.key}/leaves/${index}`);
    }),
  );
  const { hash } = batch.transactions.find(({ kind, state }) => kind === 'settle' && state === 'final');
  return {
    tx: hash,
    gas: await gasOf(ready.rpcUrl, hash),
    paid: batch.paid,
    batchKey: batch.key,
    leaves: proofs.map(({ leaf }) => leaf),
    proofs: proofs.map(({ index, siblings }) => ({ index, siblings })),
  };
}

/** The console hands statements on; its token stays there. */
async function ask({ consoleUrl }, path) {
  const response = await fetch(`${consoleUrl}/api/statement/${path}`, {
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.message}`);
  return answer;
}

async function gasOf(rpcUrl, hash) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getTransactionReceipt', params: [hash] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  return Number((await response.json()).result.gasUsed);
}
