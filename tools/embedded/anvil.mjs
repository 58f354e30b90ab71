// A development chain as a child process: EVM rules of osaka, its state kept in a file so that a kill loses at most a
// second. Everybody else names a chain by CHROOM_RPC_URL.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { foundryBinary } from '../contracts/foundry.mjs';
import { mendState, StateKeeper } from './anvil-state.mjs';
import { startChild } from './child.mjs';

const clockToleranceMs = 2000;
const listening = /Listening on (127\.0\.0\.1:\d+)/;

/**
 * @param {object} options
 * @param {string} options.dataDir  holds the state and the log
 * @param {number} [options.chainId]
 * @param {number} [options.port]  0: any free one
 * @param {number} [options.blockSeconds]  0: a block for every transaction, for tests
 * @param {boolean} [options.durable]  false: no state file
 * @param {boolean} [options.wallClock]  false: the clock may run away from wall time (a test moves it)
 * @param {number} [options.firstSeconds]  time of the first block of a new chain; its clock is anchored by the caller
 */
export async function startAnvil({
  dataDir,
  chainId = 31_337,
  port = 0,
  blockSeconds = 1,
  durable = true,
  wallClock = true,
  firstSeconds,
}) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stateFile = path.join(dataDir, 'anvil-state.json');
  const resumed = durable && mendState(stateFile);
  const args = !resumed && firstSeconds ? ['--timestamp', String(firstSeconds)] : [];
  args.push('--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId));
  args.push('--hardfork', 'osaka', '--gas-limit', '400000000', '--order', 'fifo');
  if (blockSeconds > 0) args.push('--block-time', String(blockSeconds));
  if (durable) args.push('--state', stateFile, '--state-interval', '1', '--preserve-historical-states');
  let url = '';
  const child = await startChild({
    name: 'anvil',
    command: foundryBinary('anvil'),
    args,
    logFile: path.join(dataDir, 'anvil.log'),
    readyLine: (line) => {
      const found = listening.exec(line);
      if (found) url = `http://${found[1]}`;
      return Boolean(found);
    },
    stopSignal: 'SIGINT', // writes the state before it ends
  });
  const keeper = durable ? new StateKeeper(stateFile) : undefined;
  void child.end.then(() => keeper?.stop());
  const anvil = {
    ...child,
    get running() {
      return child.running;
    },
    url,
    chainId,
    blockSeconds,
    /** False: the chain is new. */
    resumed,
    /** Mines a block at wall time; the blocks after it follow the clock. */
    anchorClock: () => anchorClock(anvil),
    /** Resolves when a kill does not take back any more what is in a block now. Durable chains only. */
    stateKept: () => keeper.kept(),
    /** One JSON-RPC call; rejects with the message of the answer's error. */
    call: (method, params = []) => callRpc(url, method, params),
  };
  try {
    // A chain that continues a state file goes on from the time of its last block, however long it was down.
    if (wallClock && resumed) await anchorClock(anvil);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return anvil;
}

async function anchorClock(anvil) {
  await anvil.call('anvil_setTime', [Math.floor(Date.now() / 1000)]);
  await anvil.call('evm_mine');
  const block = await anvil.call('eth_getBlockByNumber', ['latest', false]);
  const differenceMs = Math.abs(Number(block.timestamp) * 1000 - Date.now());
  if (differenceMs > clockToleranceMs) {
    throw new Error(
      `The chain's clock differs from ours by ${differenceMs} ms, at most ${clockToleranceMs} are allowed. ` +
        `Delete its state file if its time was moved into the future.`,
    );
  }
}

async function callRpc(url, method, params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
