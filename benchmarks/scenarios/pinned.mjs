// How measured programs are started: on cores of their own and, where the system allows it, before all others, so that
// a busy machine disturbs them less.
import { spawnSync } from 'node:child_process';

const realTime = (priority) => ['chrt', '--rr', String(priority)];
const usualPriority = 10;
const allowed = spawnSync('chrt', [...realTime(usualPriority).slice(1), 'true']).status === 0;

/** For the settings of a result. */
export const scheduling = allowed ? realTime(usualPriority).join(' ') : 'default';

/**
 * @param {string | number} cpus as taskset lists them: 1 or "0,1"
 * @param {number} [priority] above the usual one for what must not wait for a program on the same core
 * @returns {[string, string[]]} for child_process.spawn
 */
export function pinned(cpus, program, args = [], priority = usualPriority) {
  const [command, ...rest] = [...(allowed ? realTime(priority) : []), 'taskset', '-c', String(cpus), program, ...args];
  return [command, rest];
}
