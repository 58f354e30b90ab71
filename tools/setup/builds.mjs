// Everything that is compiled. Each build is skipped when its inputs have not changed.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { foundryBinary } from '../contracts/foundry.mjs';
import { generateContractCode } from '../contracts/generate.mjs';
import { bundledFiles, bundlePrograms } from './programs.mjs';
import { runLogged, step } from './progress.mjs';
import { repositoryRoot } from './repository.mjs';
import { unlessCurrent } from './stamp.mjs';

const nativeInputs = ['native/src', 'native/CMakeLists.txt', 'native/package.json', 'native/sources.cjs'];

export function buildAddon() {
  return unlessCurrent('addon', { inputs: nativeInputs, outputs: ['native/build/Release/chroom.node'] }, () =>
    step('native addon', () => {
      dropHalfConfigured(path.join(repositoryRoot, 'native', 'build'));
      return runLogged('addon', 'npx', [
        '--no-install',
        'cmake-js',
        'build',
        '--directory',
        'native',
        '--parallel',
        '2',
        '--target',
        'chroom',
      ]);
    }),
  );
}

/**
 * Tests or benchmark programs, from the objects that the addon is made of. After buildAddon().
 * @param {string} name of the step's logs @param {'CHROOM_TESTS' | 'CHROOM_TOOLS'} option @param {string[]} targets
 * @returns the folder that holds the tests, and the benchmark programs under benchmarks/
 */
export async function buildBesideAddon(name, option, targets) {
  const folder = path.join(repositoryRoot, 'native', 'build');
  await runLogged(`${name}-configure`, 'cmake', ['-S', 'native', '-B', folder, `-D${option}=ON`]);
  await runLogged(`${name}-build`, 'cmake', ['--build', folder, '--parallel', '2', '--target', ...targets]);
  return folder;
}

/** cmake-js takes a folder in which cmake once began for a configured one, and would fail in it for ever. */
function dropHalfConfigured(folder) {
  const isConfigured = ['build.ninja', 'Makefile'].some((plan) => existsSync(path.join(folder, plan)));
  if (!isConfigured) rmSync(folder, { recursive: true, force: true });
}

/** Before TypeScript, which holds the ABIs and the creation code as generated files. */
export function buildContracts() {
  return unlessCurrent(
    'contracts',
    {
      inputs: ['contracts/src', 'contracts/foundry.toml', 'tools/solc.cjs', 'tools/contracts', 'package-lock.json'],
      outputs: ['contracts/out/ChroomCore.sol/ChroomCore.json', 'libs/chain/src/generated/chroom-core.abi.ts'],
    },
    () =>
      step('contracts', async () => {
        // From their folder: forge takes the path of the compiler from where it runs.
        const cwd = path.join(repositoryRoot, 'contracts');
        await runLogged('contracts', foundryBinary('forge'), ['build', 'src'], { cwd });
        generateContractCode();
      }),
  );
}

const typeScriptInputs = [
  'libs',
  'apps',
  'tsconfig.json',
  'tsconfig.base.json',
  'native/index.d.ts',
  'package-lock.json',
];

export function buildTypeScript() {
  return unlessCurrent(
    'typescript',
    {
      inputs: typeScriptInputs,
      outputs: ['libs/protocol/dist/index.js', 'apps/orchestrator/dist/main.js'],
    },
    () =>
      step('TypeScript', () =>
        runLogged('typescript', process.execPath, ['node_modules/typescript-native/bin/tsc', '-b']),
      ),
  );
}

/** After TypeScript, from what it wrote. */
export function buildPrograms() {
  return unlessCurrent(
    'programs',
    { inputs: [...typeScriptInputs, 'tools/setup/programs.mjs'], outputs: bundledFiles },
    () => step('programs', bundlePrograms),
  );
}

export function buildConsole() {
  return unlessCurrent(
    'console',
    { inputs: ['apps/console', 'package-lock.json'], outputs: ['apps/console/dist/index.html'] },
    () =>
      step('console', () =>
        runLogged('console', 'npx', ['--no-install', 'vite', 'build', 'apps/console', '--logLevel', 'warn']),
      ),
  );
}

export async function buildAll() {
  await buildAddon();
  await buildContracts();
  await buildTypeScript();
  await buildPrograms();
  await buildConsole();
}
