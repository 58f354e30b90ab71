// A server process is one file for Node to find, read and compile instead of two thousand seven hundred: it starts in a
// quarter of the processor time.
import path from 'node:path';
import { repositoryRoot } from './repository.mjs';

/** From built TypeScript, by name of the program that comes out in the `build` folder of its app. */
const programs = {
  registry: { main: 'dist/main.js' },
  orchestrator: { main: 'dist/main.js', 'verify-batch': 'dist/proofs/cosigning/verify-batch.worker.js' },
  settlement: { main: 'dist/main.js', mortal: 'dist/testing/mortal-settlement.js' },
};

/** What libraries would load if it were installed, and native parts that they have in their own folders. */
const external = [
  /\.node$/,
  /^@nestjs\/(microservices|websockets)/,
  /^class-(transformer|validator)/,
  /^@fastify\//,
  'pg-native',
  // Reads its WebAssembly from its own folder.
  'tiny-secp256k1',
];

export const bundledFiles = Object.entries(programs).flatMap(([app, inputs]) =>
  Object.keys(inputs).map((name) => `apps/${app}/build/${name}.mjs`),
);

export async function bundlePrograms() {
  // Loaded late: npm packages may not be installed when this file is.
  const { rolldown } = await import('rolldown');
  for (const [app, inputs] of Object.entries(programs)) {
    const cwd = path.join(repositoryRoot, 'apps', app);
    const input = Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, path.join(cwd, file)]));
    const bundle = await rolldown({ cwd, input, external, platform: 'node', logLevel: 'silent' });
    await bundle.write({ dir: path.join(cwd, 'build'), format: 'esm', entryFileNames: '[name].mjs', cleanDir: true });
    await bundle.close();
  }
}
