// Starts engine-host.mjs, pinned to one core, and calls into it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '../../tools/setup/repository.mjs';
import { pinned } from './pinned.mjs';

const host = path.join(repositoryRoot, 'benchmarks', 'scenarios', 'engine-host.mjs');

export class EngineProcess {
  #child;
  #calls = new Map();
  #lastId = 0;
  #ended;

  /** cpus: as taskset lists them, "1" or "0,1"; nodeFlags: more of them for its Node. */
  constructor({ cpus, nodeFlags = [] }) {
    this.#child = spawn(...pinned(cpus, process.execPath, ['--expose-gc', ...nodeFlags, host]), {
      cwd: repositoryRoot,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('message', ({ id, result, error }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      error ? call?.reject(new Error(error)) : call?.resolve(result);
    });
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('exit', (code, signal) => this.#end(`it ended with ${signal ?? `code ${code}`}`));
  }

  get pid() {
    return this.#child.pid;
  }

  /** Calls a method of the facade, or `open`, `putWorkersFirst`, `counters`, `workerCounters`, `load`, `memory`. */
  call(method, ...args) {
    if (this.#ended) return Promise.reject(new Error(`ENGINE_FAILED: ${this.#ended}`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#child.send({ id, method, args });
    });
  }

  async stop() {
    if (this.#ended) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }

  #end(reason) {
    this.#ended ??= reason;
    for (const { reject } of this.#calls.values()) reject(new Error(`ENGINE_FAILED: ${reason}`));
    this.#calls.clear();
  }
}
