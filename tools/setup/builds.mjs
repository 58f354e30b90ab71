// Everything that is compiled. Each build is skipped when its inputs have not changed.
import { runLogged, step } from './progress.mjs';
import { unlessCurrent } from './stamp.mjs';

const nativeInputs = ['native/src', 'native/CMakeLists.txt', 'native/package.json', 'native/sources.cjs'];

export function buildAddon() {
  return unlessCurrent('addon', { inputs: nativeInputs, outputs: ['native/build/Release/chroom.node'] }, () =>
    step('native addon', () =>
      runLogged('addon', 'npx', ['--no-install', 'cmake-js', 'build', '--directory', 'native', '--parallel', '2']),
    ),
  );
}

export function buildTypeScript() {
  return unlessCurrent(
    'typescript',
    {
      inputs: ['libs', 'apps', 'tsconfig.json', 'tsconfig.base.json', 'native/index.d.ts', 'package-lock.json'],
      outputs: ['libs/protocol/dist/index.js', 'apps/orchestrator/dist/main.js'],
    },
    () =>
      step('TypeScript', () =>
        runLogged('typescript', process.execPath, ['node_modules/typescript-native/bin/tsc', '-b']),
      ),
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
  await buildTypeScript();
  await buildConsole();
}
