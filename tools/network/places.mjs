// The processes of a network, each with how to start it again, and the order in which they stop.

/** Who is needed by others ends after them. */
const stopOrder = ['apps', 'queue', 'chain', 'database'];

/**
 * @typedef {import('./supervise.mjs').Place & {stage: string}} StagedPlace
 * @template {import('./supervise.mjs').Child} T
 * @param {StagedPlace[]} places  gets the new one
 * @param {'apps' | 'queue' | 'chain' | 'database'} stage
 * @param {() => Promise<T>} start
 * @param {number} [delayMs]  pause before it is started again
 */
export async function startPlace(places, stage, start, delayMs) {
  const child = await start();
  places.push({ child, start, delayMs, stage });
  return child;
}

/** Within a stage the last one that came ends first. */
export async function stopPlaces(places) {
  const newestFirst = places.splice(0).reverse();
  for (const stage of stopOrder) {
    for (const { child } of newestFirst.filter((place) => place.stage === stage)) await child.stop();
  }
}

/** Waits for all even when one fails, so that what did start is known and can be stopped. */
export async function allStarted(starts) {
  const outcomes = await Promise.allSettled(starts);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => outcome.value);
}
