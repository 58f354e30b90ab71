// Starts a process of the network again when it ends by itself. A party that crashes must not take the others with it:
// media goes on while the orchestrator is away, and clients come back to it.

/** A process that ends more often than this within `windowMs` has a fault that a restart does not mend. */
const mostRestarts = 5;
const windowMs = 60_000;
const usualDelayMs = 250;

/**
 * @typedef {{name: string, pid?: number, end: Promise<{code: number|null, signal: string|null}>}} Child
 * @typedef {{child: Child, start: () => Promise<Child>, delayMs?: number}} Place  a process, how to start it again, and
 *   the pause before the first try; it doubles with every further one
 */

/**
 * @param {Place[]} places  `child` is replaced when the process is started again
 * @param {object} [hooks]
 * @param {(text: string) => void} [hooks.onStep]
 * @param {(delayMs: number) => Promise<void>} [hooks.wait]
 * @param {() => number} [hooks.nowMs]
 */
export function supervise(places, { onStep = () => {}, wait = sleep, nowMs = () => Date.now() } = {}) {
  let stopping = false;
  const starting = new Set();
  let giveUp;
  const gaveUp = new Promise((resolve) => {
    giveUp = resolve;
  });

  async function watch(place) {
    const endedAtMs = [];
    for (;;) {
      const how = await place.child.end;
      if (stopping) return;
      const { name } = place.child;
      endedAtMs.push(nowMs());
      while (endedAtMs.at(-1) - endedAtMs[0] > windowMs) endedAtMs.shift();
      onStep(`${name} ended (${how.signal ?? `code ${how.code}`})`);
      if (endedAtMs.length > mostRestarts) return giveUp({ name, ...how });
      await wait((place.delayMs ?? usualDelayMs) * 2 ** (endedAtMs.length - 1));
      if (stopping) return;
      if (!(await startAgain(place))) return giveUp({ name, ...how });
    }
  }

  async function startAgain(place) {
    const { name } = place.child;
    const start = place.start();
    starting.add(start);
    try {
      place.child = await start;
      onStep(`${name} runs again (process ${place.child.pid})`);
      return true;
    } catch (error) {
      onStep(`${name} could not be started again: ${error.message}`);
      return false;
    } finally {
      starting.delete(start);
    }
  }

  for (const place of places) void watch(place);
  return {
    /** Resolves with the name and the end of a process that cannot be kept running. */
    gaveUp,
    /** Starts nothing any more; resolves when no start is under way. The caller ends the processes. */
    async stop() {
      stopping = true;
      await Promise.allSettled(starting);
    },
  };
}

function sleep(delayMs) {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
