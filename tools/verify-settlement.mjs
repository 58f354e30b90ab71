// `node tools/verify-settlement.mjs --rpc URL --json FILE [--core ADDRESS]`: recomputes a settlement from the demo's JSON
// and the chain. It uses none of the code that made the batch. Exit 0 only if every byte fits.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openChainView } from './verify-settlement/chain-view.mjs';
import { Mismatch } from './verify-settlement/mismatch.mjs';
import { verifySettlement } from './verify-settlement/verify.mjs';

const usage = 'expected --rpc URL --json FILE (- reads standard input), and --core ADDRESS to insist on a network';

try {
  const { values } = parseArgs({
    options: { rpc: { type: 'string' }, json: { type: 'string' }, core: { type: 'string' } },
  });
  if (!values.rpc || !values.json) throw new Mismatch(usage);
  const chain = await openChainView(values.rpc);
  const proven = await verifySettlement(readSettlement(values.json), chain, values.core);
  for (const line of proven) process.stdout.write(`  holds   ${line}\n`);
} catch (error) {
  const isExpected = error instanceof Mismatch || error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  process.stderr.write(`  FAILS   ${isExpected ? error.message : (error.stack ?? error)}\n`);
  process.exitCode = 1;
}

function readSettlement(file) {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')).settlement;
  } catch (error) {
    throw new Mismatch(`${file} cannot be read as JSON: ${error.message}`);
  }
}
