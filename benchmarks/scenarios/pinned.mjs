// How measured programs are started: on cores of their own and, where the system allows it, before all others, so that
// a busy machine disturbs them less.
import { spawnSync } from 'node:child_process';

const realTime = ['chrt', '--rr', '10'];
const allowed = spawnSync(realTime[0], [...realTime.slice(1), 'true']).status === 0;

/** For the settings of a result. */
export const scheduling = allowed ? realTime.join(' ') : 'default';

/**
 * @param {string | number} cpus as taskset lists them: 1 or "0,1"
 * @returns {[string, string[]]} for child_process.spawn
 */
export function pinned(cpus, program, args = []) {
  const [command, ...rest] = [...(allowed ? realTime : []), 'taskset', '-c', String(cpus), program, ...args];
  return [command, rest];
}
