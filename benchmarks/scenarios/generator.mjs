// The load generator's process: one line out, one line of JSON back.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pinned } from './pinned.mjs';

export class Generator {
  #child;
  #answers = [];
  #waiting = [];
  #ended;

  constructor(program, { cpu }) {
    this.#child = spawn(...pinned(cpu, program), { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const waiting = this.#waiting.shift();
      waiting ? waiting.resolve(JSON.parse(line)) : this.#answers.push(JSON.parse(line));
    });
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('exit', (code, signal) => this.#end(`it ended with ${signal ?? `code ${code}`}`));
    this.#child.stdin.on('error', () => {});
  }

  /** Sends a verb with its words; resolves with the answer, rejects when it is a refusal. */
  async ask(verb, words = {}) {
    const text = Object.entries(words).map(([key, value]) => ` ${key}=${value}`);
    if (this.#ended) throw new Error(`GENERATOR_FAILED: ${this.#ended}`);
    this.#child.stdin.write(`${verb}${text.join('')}\n`);
    const answer =
      this.#answers.shift() ?? (await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
    if (answer.error) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return answer;
  }

  async stop() {
    if (this.#ended) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await exited;
  }

  #end(reason) {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`GENERATOR_FAILED: ${reason}`));
  }
}
