// Which cores the workers of one big room have, and which the generator.

/** What the engine takes at most; expectInteger('workers') of libs/engine refuses more. */
const mostWorkers = 64;

/**
 * Where there are more than two cores, the workers may have all but the last, which is the generator's alone. With two,
 * all share them. Worker counts double up to the most there can be.
 *
 * @param {number} cores at least two
 * @returns {{workerCounts: number[], engineCpus: string, generatorCpus: string, workerCpus: (workers: number) => number[]}}
 */
export function layOutBigRoom(cores) {
  const shared = cores <= 2;
  const most = shared ? 2 : Math.min(cores - 1, mostWorkers);
  const workerCounts = [];
  for (let workers = 1; workers < most; workers *= 2) workerCounts.push(workers);
  workerCounts.push(most);
  return {
    workerCounts,
    engineCpus: `0-${most - 1}`,
    generatorCpus: shared ? '0-1' : String(cores - 1),
    workerCpus: (workers) => [...Array(workers).keys()],
  };
}
