// A peer's server as a process of its own, pinned to the measured cores like Chroom's engine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pinned } from '../scenarios/pinned.mjs';

const startLimitMs = 10_000;
const keptOutputBytes = 4096;

export class ServerProcess {
  #child;
  #output = '';
  #ended;

  /** @param {{cpus: string | number, env?: Record<string, string>}} options */
  constructor(program, args, { cpus, env = {} }) {
    this.#child = spawn(...pinned(cpus, program, args), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (text) => {
        this.#output = (this.#output + text).slice(-keptOutputBytes);
      });
    }
    this.#child.once('error', (error) => {
      this.#ended = error.message;
    });
    this.#child.once('exit', (code, signal) => {
      this.#ended ??= `it ended with ${signal ?? `code ${code}`}`;
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves with the first value that `attempt` gives without throwing. */
  async ready(attempt) {
    for (const startedAtMs = Date.now(); ; await pause(50)) {
      try {
        return await attempt();
      } catch (error) {
        const late =
          Date.now() - startedAtMs > startLimitMs ? `not ready after ${startLimitMs} ms: ${error.message}` : '';
        const reason = this.#ended ?? late;
        if (reason) throw new Error(`PEER_FAILED: ${this.#child.spawnargs.join(' ')}: ${reason}\n${this.#output}`);
      }
    }
  }

  /** At once: nothing of a peer's outlives a repetition. */
  async stop() {
    if (this.#ended) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** A TCP port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
