// How measured programs are started: on cores of their own, and before others where the system allows it, so that a
// busy machine disturbs them less.
import os from 'node:os';

/** nice value of the measured processes; lower than 0 needs privileges. */
export const niceness = os.userInfo().uid === 0 ? -15 : 0;

/**
 * @param {string | number} cpus as taskset lists them: 1 or "0,1"
 * @returns {[string, string[]]} for child_process.spawn
 */
export function pinned(cpus, program, args = []) {
  return ['nice', ['-n', String(niceness), 'taskset', '-c', String(cpus), program, ...args]];
}
