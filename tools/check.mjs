// `npm run check`: format, lint, types, import edges, style. Everything that needs no running network.
import { spawnSync } from 'node:child_process';
import { checkLayers } from './checks/layers.mjs';
import { checkStyle } from './checks/style.mjs';
import { buildAddon, buildContracts } from './setup/builds.mjs';
import { install } from './setup/prepare.mjs';
import { runLogged, runMain, SetupError, step } from './setup/progress.mjs';

const npx = (...args) => runLogged(`check-${args[0]}`, 'npx', ['--no-install', ...args]);

const checks = {
  'format and lint (biome)': () => npx('biome', 'check', '--error-on-warnings', '.'),
  'types (tsc)': () => runLogged('check-types', process.execPath, ['node_modules/typescript-native/bin/tsc', '-b']),
  'types of the stories (tsc)': () =>
    runLogged('check-test-types', process.execPath, ['node_modules/typescript-native/bin/tsc', '-p', 'test']),
  'floating promises (oxlint)': () => npx('oxlint', '--type-aware', '-c', '.oxlintrc.json', 'apps', 'libs'),
  'wire contract (buf)': () => npx('buf', 'lint'),
  'generated code is current': checkGenerated,
  'contracts (forge lint)': checkContracts,
  'addon surface': checkAddonSurface,
  'import edges': async () => refuse(checkLayers()),
  style: async () => refuse(checkStyle()),
};

await runMain(async () => {
  await install();
  const failures = [];
  for (const [name, check] of Object.entries(checks)) {
    await step(name, check).catch((error) => failures.push(`${name}:\n${error.message}`));
  }
  if (failures.length > 0)
    throw new SetupError(
      `\n${failures.join('\n\n')}\n\n${failures.length} of ${Object.keys(checks).length} checks failed`,
    );
});

function refuse(broken) {
  if (broken.length > 0) throw new SetupError(broken.join('\n'));
}

/** What the built addon exports is what native/index.d.ts declares. */
async function checkAddonSurface() {
  await buildAddon();
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'libs/engine/src/native-surface'];
  await runLogged('check-surface', process.execPath, jest);
}

async function checkGenerated() {
  await npx('buf', 'generate');
  const changed = spawnSync('git', ['status', '--porcelain', '--', 'libs/protocol/src/generated'], {
    encoding: 'utf8',
  }).stdout;
  if (changed)
    throw new SetupError(`The committed code differs from what the .proto files give; commit it:\n${changed}`);
}

/** Builds with every warning and lint an error; the committed ABIs and creation code are what it gives. */
async function checkContracts() {
  await buildContracts();
  const changed = spawnSync('git', ['status', '--porcelain', '--', 'libs/chain/src/generated'], {
    encoding: 'utf8',
  }).stdout;
  if (changed) throw new SetupError(`The committed code differs from what the contracts give; commit it:\n${changed}`);
}
