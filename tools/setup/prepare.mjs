import { buildAll } from './builds.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { checkProcessor } from './processor.mjs';
import { ensureSystemPackages, optionalTestPackages, runPackages, testPackages } from './system-packages.mjs';

/**
 * From a fresh clone to something that can run: Node, processor, system packages, npm packages, builds. Current parts are skipped;
 * CHROOM_SKIP_PACKAGES=1 and CHROOM_SKIP_BUILDS=1 leave what is installed and built as it is.
 */
export async function prepare({ forTests = false } = {}) {
  await install({ forTests });
  if (process.env.CHROOM_SKIP_BUILDS !== '1') await buildAll();
}

/** Everything before the builds. */
export async function install({ forTests = false } = {}) {
  checkNodeVersion();
  checkProcessor();
  if (process.env.CHROOM_SKIP_PACKAGES !== '1') {
    await ensureSystemPackages(
      forTests ? [...runPackages, ...testPackages] : runPackages,
      forTests ? optionalTestPackages : [],
    );
  }
  if (process.env.CHROOM_SKIP_BUILDS !== '1') await ensureDependencies();
}
