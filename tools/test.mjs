// `npm test [-- suite ...]`: the same set-up as `npm start`, then the tests. The last line is
// `N passed, N failed, N skipped`; skips are listed by name with their reason.
import { prepare } from './setup/prepare.mjs';
import { runMain, SetupError } from './setup/progress.mjs';
import { runContractTests } from './testing/contracts.mjs';
import { runInstructionGate } from './testing/instructions.mjs';
import { runJest } from './testing/jest.mjs';
import { runNativeTests } from './testing/native.mjs';
import { addResult, emptyResult } from './testing/result.mjs';

const suites = {
  native: () => runNativeTests(),
  instructions: () => runInstructionGate(),
  contracts: () => runContractTests(),
  ts: () => runJest('ts', ['apps/', 'libs/', 'native/', 'tools/', 'benchmarks/']),
  browser: () => runJest('browser', ['test/'], { workers: 1 }),
};

await runMain(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in suites));
  if (unknown) {
    throw new SetupError(
      `INVALID_ARGUMENT: there is no test suite "${unknown}"; there are ${Object.keys(suites).join(', ')}.`,
    );
  }
  await prepare({ forTests: true });
  const total = emptyResult();
  for (const name of wanted.length ? wanted : Object.keys(suites)) {
    process.stderr.write(`\n== ${name}\n`);
    addResult(total, await suites[name]());
  }
  for (const failure of total.failures) process.stdout.write(`\nFAILED ${failure}\n`);
  for (const { name, reason } of total.skipped) process.stdout.write(`skipped: ${name} (${reason})\n`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped\n`);
});
