// What the verifier asks of a chain. Every answer is asked once, so that many documents can be judged quickly.
import { createPublicClient, decodeEventLog, decodeFunctionData, http, parseAbi } from 'viem';
import { Mismatch } from './mismatch.mjs';

const requestTimeoutMs = 10_000;
const answersMax = 10_000;

const headerType =
  'struct Header { uint64 nodeId; uint64 orchId; uint32 epoch; uint32 leaves; uint96 value; uint64 volume; uint64 slots; bytes32 root; bytes32 data; }';
const standardType =
  'struct Standard { uint32 submitWindow; uint32 backDatingBound; uint32 answerWindow; uint32 challengeWindow; uint16 feeBps; uint16 feeBurnBps; uint16 feeTreasuryBps; uint16 feeContributorBps; uint16 subsidyCapBps; uint16 auditBps; uint8 samples; uint8 minUptimeSlots; uint32 minKbps; uint32 lossGoodPpm; uint32 lossMaxPpm; uint32 jitterGoodUs; uint32 jitterMaxUs; uint16 slashFinderBps; uint16 slashOrchestratorBps; uint8 maxOpenRequests; uint96 requestBond; }';
const batchType =
  'struct Batch { bytes32 headerHash; uint96 value; uint40 submittedAt; uint32 version; uint8 state; bool solo; }';
const abi = parseAbi([
  headerType,
  standardType,
  batchType,
  'function settle(Header header)',
  'function settleMany(Header[] headers)',
  'struct Clock { uint40 start; uint32 slotSeconds; }',
  'function clock() view returns (Clock)',
  'function core() view returns (address)',
  'function proofs() view returns (address)',
  'function batch(bytes32 key) view returns (Batch)',
  'function standard(uint32 version) view returns (Standard)',
  'function signerAt(uint64 id, uint32 epoch) view returns (address)',
  'event BatchSettled(bytes32 indexed key, uint96 value, uint96 fee)',
  'event BatchPaid(uint64 indexed nodeId, uint64 indexed orchId, uint96 value, uint96 fee)',
]);

/** @throws {Mismatch} when the endpoint does not answer */
export async function openChainView(rpcUrl) {
  const client = createPublicClient({ transport: http(rpcUrl, { timeout: requestTimeoutMs }) });
  const answers = new Map();
  const ask = (name, request) => {
    if (!answers.has(name)) {
      if (answers.size >= answersMax) answers.clear();
      answers.set(name, request());
    }
    return answers.get(name);
  };
  const chainId = await client.getChainId().catch((error) => {
    throw new Mismatch(`the chain at ${rpcUrl} does not answer: ${error.shortMessage ?? error.message}`);
  });
  return {
    chainId,
    /** The transaction with its receipt, in a block that is part of the chain. */
    transaction: (hash) => ask(`transaction ${hash}`, () => readTransaction(client, hash)),
    read: (address, functionName, args = []) =>
      ask(`${functionName} ${address} ${args.join()}`, () => client.readContract({ address, abi, functionName, args })),
  };
}

async function readTransaction(client, hash) {
  const missing = (error) => {
    throw new Mismatch(`tx: the chain has no such transaction ${hash} (${error.shortMessage ?? error.message})`);
  };
  const [sent, receipt] = await Promise.all([
    client.getTransaction({ hash }).catch(missing),
    client.getTransactionReceipt({ hash }).catch(missing),
  ]);
  const block = await client.getBlock({ blockNumber: receipt.blockNumber });
  if (block.hash !== receipt.blockHash) throw new Mismatch(`tx: its block ${receipt.blockHash} is not on the chain`);
  const { status, gasUsed, logs } = receipt;
  return { to: sent.to, headers: headersIn(sent.input), status, gasUsed, logs };
}

/** The headers that a call settles. */
function headersIn(input) {
  try {
    const { args } = decodeFunctionData({ abi, data: input });
    const [headers] = args ?? [];
    return Array.isArray(headers) ? headers : [headers];
  } catch {
    throw new Mismatch('tx: expected a call of settle or settleMany');
  }
}

/** The events of one name that one contract wrote. */
export function eventsOf(logs, address, eventName) {
  return logs.flatMap(({ address: from, topics, data }) => {
    if (from.toLowerCase() !== address.toLowerCase()) return [];
    try {
      return [decodeEventLog({ abi, eventName, topics, data }).args];
    } catch {
      return []; // another event
    }
  });
}
