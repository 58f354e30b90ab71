// Which rooms there are: the same for the same seed.
import { createHash } from 'node:crypto';

const smallest = 2;
const largest = 12;

/**
 * @param {number} seed @param {number} participants over all rooms; the last room may make it one to eleven more
 * @returns {{participants: number, cameras: number, maxQuality: 0 | 1 | 2}[]} cameras: so many of them have one
 */
export function seededMix(seed, participants) {
  const numbers = seededNumbers(seed);
  const random = () => numbers.next().value;
  const rooms = [];
  for (let placed = 0; placed < participants; ) {
    // Small meetings are more frequent than large ones.
    const size = smallest + Math.floor(random() ** 2 * (largest - smallest + 1));
    const cameras = Math.max(1, Math.round(size * (0.5 + random() / 2)));
    rooms.push({ participants: size, cameras, maxQuality: size <= 2 ? 2 : size <= 5 ? 1 : 0 });
    placed += size;
  }
  return rooms;
}

/** Numbers from 0 to below 1. */
function* seededNumbers(seed) {
  for (let index = 0; ; index++) {
    yield createHash('sha256').update(`${seed}:${index}`).digest().readUInt32BE() / 2 ** 32;
  }
}
