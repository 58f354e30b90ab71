// The measured process: the engine behind its facade and nothing else. Its parent calls the facade's methods by
// messages {id, method, args}; `memory` answers with this process's resident set.
import { readFileSync } from 'node:fs';
import { openMediaEngine } from '@chroom/engine';
import { putFirst } from './pinned.mjs';

let engine;

const own = {
  open: async (config) => {
    engine = await openMediaEngine(config);
    return { udpPorts: [...engine.udpPorts], pid: process.pid };
  },
  putWorkersFirst: () => putFirst('chroom-'),
  counters: () => ({ ...engine.counters() }),
  workerCounters: () => engine.workerCounters().map((row) => ({ ...row })),
  load: () => engine.load(),
  memory: () => {
    globalThis.gc?.();
    const status = readFileSync('/proc/self/status', 'utf8');
    return { rssBytes: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024 };
  },
};

process.on('message', async ({ id, method, args }) => {
  try {
    const result = await (own[method] ?? engine[method].bind(engine))(...args);
    process.send({ id, result });
  } catch (error) {
    process.send({ id, error: `${error.code ?? 'INTERNAL'}: ${error.message}` });
  }
});
process.on('disconnect', () => process.exit(0));
