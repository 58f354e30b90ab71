// What `npm run bench` understands.
import { parseArgs } from 'node:util';
import { SetupError } from '../../tools/setup/progress.mjs';

const help = `npm run bench -- SCENARIO [--json FILE] [--quick] [--full]
npm run bench -- --list`;

/**
 * @param {string[]} argv
 * @param {string[]} scenarios the names there are
 * @returns {{list: true} | {list: false, scenario: string, json?: string, quick: boolean, full: boolean}}
 * @throws SetupError whose text begins with a code
 */
export function parseBenchOptions(argv, scenarios) {
  const { values, positionals } = parse(argv);
  if (values.list) return { list: true };
  const [scenario, ...more] = positionals;
  if (!scenario || more.length > 0) {
    throw new SetupError(
      `INVALID_ARGUMENT: expected the name of one scenario (${scenarios.join(', ')}), received ${positionals.length}.\n${help}`,
    );
  }
  if (!scenarios.includes(scenario)) {
    throw new SetupError(
      `SCENARIO_UNKNOWN: there is no benchmark "${scenario}"; there are ${scenarios.join(', ')}.\n${help}`,
    );
  }
  return { list: false, scenario, json: values.json, quick: values.quick, full: values.full };
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new SetupError(`INVALID_ARGUMENT: ${error.message}\n${help}`);
  }
}
