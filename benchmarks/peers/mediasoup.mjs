// mediasoup of npm, as far as it can be examined: its package holds neither the worker program nor all that it is built
// from, and its install step gets them from outside the package registries, so nothing here installs it. Where somebody
// has, this says what was found; an adapter is written against a worker that runs.
import { createRequire } from 'node:module';
import path from 'node:path';
import { repositoryRoot } from '../../tools/setup/repository.mjs';

const howToInstall =
  'npm install mediasoup, with its install step and access to what that downloads, or MEDIASOUP_WORKER_BIN set to a worker program; CHROOM_PEER_MEDIASOUP names the folder where that was done, if not in this repository';
const startLimitMs = 10_000;

export const mediasoup = {
  name: 'mediasoup',
  key: 'mediasoup',

  /** @param {string} folder where mediasoup was installed, that is, the one with node_modules */
  async examine(folder = process.env.CHROOM_PEER_MEDIASOUP ?? repositoryRoot) {
    const from = path.resolve(folder);
    /** What is published names no folder of this machine. */
    const unsupported = (found) => ({ unsupported: found.replaceAll(`${from}${path.sep}`, '') });
    let library;
    try {
      library = createRequire(path.join(from, 'package.json'))('mediasoup');
    } catch (error) {
      return unsupported(`its package cannot be loaded: ${firstLine(error)}; ${howToInstall}`);
    }
    const { version, workerBin } = library;
    try {
      await startOnce(library);
    } catch (error) {
      return unsupported(`${version}: its worker ${workerBin} does not start: ${firstLine(error)}; ${howToInstall}`);
    }
    return unsupported(`${version}: its worker ${workerBin} starts, but there is no adapter for its signalling here`);
  },
};

/** Its own way to start: that the file is there says neither that it fits this machine nor this version. */
async function startOnce({ createWorker }) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready after ${startLimitMs} ms`)), startLimitMs);
  });
  try {
    (await Promise.race([createWorker(), late])).close();
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error) {
  return String(error.message).split('\n')[0];
}
