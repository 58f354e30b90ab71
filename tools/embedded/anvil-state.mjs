// What a kill leaves of a chain. anvil writes its state every second over the file that it wrote before: a kill in the
// middle leaves half a file, so the last whole one is kept beside it.
import { copyFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 100;
/** More than a write of a young chain's state takes. */
const writeMs = 100;

const copyOf = (file) => `${file}.whole`;

/**
 * Before a start: half a file gives way to the whole one before it. One that nothing is left of is put aside.
 * @returns whether there is a state to go on from
 */
export function mendState(file) {
  if (!existsSync(file) || isWhole(file)) return existsSync(file);
  renameSync(file, `${file}.half`);
  if (!existsSync(copyOf(file))) return false;
  copyFileSync(copyOf(file), file);
  return true;
}

function isWhole(file) {
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Copies the state after each write, within the second before the next one. */
export class StateKeeper {
  #file;
  #timer;
  /** When the state was written that the copy holds. */
  #keptMs = 0;

  constructor(file) {
    this.#file = file;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  /** Resolves when a kill does not take back any more what is in a block now. */
  async kept() {
    const writtenFromMs = Date.now() + writeMs;
    while (this.#keptMs < writtenFromMs) await delay(lookEveryMs);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #look() {
    const before = this.#stat();
    if (!before || before.mtimeMs === this.#keptMs || Date.now() - before.mtimeMs < writeMs) return;
    copyFileSync(this.#file, `${this.#file}.next`);
    const after = this.#stat();
    // Written to while it was copied: the next look finds it whole.
    if (after?.mtimeMs !== before.mtimeMs || after.size !== before.size) return;
    renameSync(`${this.#file}.next`, copyOf(this.#file));
    this.#keptMs = before.mtimeMs;
  }

  #stat() {
    return statSync(this.#file, { throwIfNoEntry: false });
  }
}
