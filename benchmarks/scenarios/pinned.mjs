// How measured programs are started: on cores of their own and, where the system allows it, before all others, so that
// a busy machine disturbs them less.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const realTime = (priority) => ['chrt', '--rr', String(priority)];
const usualPriority = 10;
const allowed = spawnSync('chrt', [...realTime(usualPriority).slice(1), 'true']).status === 0;

/** Above the programs themselves: for the threads in them that are measured. */
const measuredPriority = 20;

/** For the settings of a result. */
export const scheduling = allowed ? realTime(usualPriority).join(' ') : 'default';

/**
 * @param {string | number} cpus as taskset lists them: 1 or "0,1"
 * @returns {[string, string[]]} for child_process.spawn
 */
export function pinned(cpus, program, args = []) {
  const [command, ...rest] = [
    ...(allowed ? realTime(usualPriority) : []),
    'taskset',
    '-c',
    String(cpus),
    program,
    ...args,
  ];
  return [command, rest];
}

/**
 * Lets the threads of this process whose names begin so go before all others on their cores, as far as the system allows.
 * @param {string} name
 */
export function putFirst(name) {
  if (!allowed) return;
  for (const thread of readdirSync('/proc/self/task')) {
    if (!readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith(name)) continue;
    spawnSync('chrt', [...realTime(measuredPriority).slice(1), '--pid', thread]);
  }
}
