// What a program costs the machine: the run time of every thread of its process tree, by the scheduler's own clock
// (/proc/PID/task/TID/schedstat, nanoseconds), and the softirq work that its packets cause outside of its threads.
//
// Where softirq work is charged depends on the kernel. Without CONFIG_IRQ_TIME_ACCOUNTING the loopback device's receive
// path runs inside the sender's system call and is in its threads' run time already; what is left over runs in
// ksoftirqd/N of the sender's core, which is added. With it, softirq time is kept apart from threads, per core, and the
// growth of that column of /proc/stat is added for the cores that the program has to itself.
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { gunzipSync } from 'node:zlib';

const nsPerTick = 1e9 / 100; // USER_HZ, the unit of /proc/stat, is 100 on every Linux that Node runs on
const softIrqApart = kernelKeepsSoftIrqApart();

/** For the settings of a result. */
export const softIrqAccounting = softIrqApart
  ? "per core, added to the threads' run time"
  : "in the threads' run time; ksoftirqd of the program's cores added";

/** @typedef {{threads: Map<string, number>, daemonNs: number, columnNs: number, busyNs: number}} CostReading */

/**
 * @param {number} pid the root of the tree
 * @param {number[]} cpus the cores that the program is pinned to, and that nothing else runs on
 * @param {RegExp} [named] only threads of such names are read
 * @returns {CostReading}
 */
export function readCost(pid, cpus, named) {
  const threads = new Map();
  for (const process of processTree(pid)) {
    for (const thread of readdirSync(`/proc/${process}/task`)) {
      if (named && !named.test(readText(`/proc/${process}/task/${thread}/comm`)?.trim() ?? '')) continue;
      const ns = runTimeNs(`/proc/${process}/task/${thread}/schedstat`);
      if (ns !== undefined) threads.set(thread, ns);
    }
  }
  const columns = cpus.map(cpuColumns);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return {
    threads,
    daemonNs: sum(cpus.map((cpu) => runTimeNs(`/proc/${softIrqDaemon(cpu)}/schedstat`) ?? 0)),
    columnNs: softIrqApart ? sum(columns.map(({ softIrqNs }) => softIrqNs)) : 0,
    busyNs: sum(columns.map(({ busyNs }) => busyNs)),
  };
}

/**
 * What the program cost between two readings.
 * @param {CostReading} before
 * @param {CostReading} after
 * @returns {{cpuNs: number, softIrqNs: number, coresBusyNs: number, threadsEnded: number}} cpuNs includes softIrqNs;
 *   coresBusyNs is a cross-check by other counters; a thread that ended took its last run time with it
 */
export function costBetween(before, after) {
  let cpuNs = 0;
  for (const [thread, ns] of after.threads) cpuNs += ns - (before.threads.get(thread) ?? 0);
  const softIrqNs = after.daemonNs - before.daemonNs + after.columnNs - before.columnNs;
  return {
    cpuNs: cpuNs + softIrqNs,
    softIrqNs,
    coresBusyNs: after.busyNs - before.busyNs,
    threadsEnded: [...before.threads.keys()].filter((thread) => !after.threads.has(thread)).length,
  };
}

function processTree(root) {
  const found = [root];
  for (let i = 0; i < found.length; i++) {
    for (const thread of readdirSync(`/proc/${found[i]}/task`)) {
      const children = readText(`/proc/${found[i]}/task/${thread}/children`) ?? '';
      found.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return found;
}

function runTimeNs(file) {
  const text = readText(file);
  return text === undefined ? undefined : Number(text.split(' ')[0]);
}

/** A process or thread may end between being listed and being read. */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function cpuColumns(cpu) {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`cpu${cpu} `));
  const [user, nice, system, , , irq, softIrq] = line.split(' ').slice(1).map(Number);
  return { softIrqNs: (irq + softIrq) * nsPerTick, busyNs: (user + nice + system + irq + softIrq) * nsPerTick };
}

const daemons = new Map();
function softIrqDaemon(cpu) {
  if (!daemons.has(cpu)) {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    daemons.set(
      cpu,
      processes.find((pid) => readText(`/proc/${pid}/comm`)?.trim() === `ksoftirqd/${cpu}`),
    );
  }
  return daemons.get(cpu);
}

function kernelKeepsSoftIrqApart() {
  const built = readText(`/boot/config-${os.release()}`) ?? unpacked('/proc/config.gz');
  return built.includes('CONFIG_IRQ_TIME_ACCOUNTING=y');
}

function unpacked(file) {
  try {
    return gunzipSync(readFileSync(file)).toString();
  } catch {
    return '';
  }
}
