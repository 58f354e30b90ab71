import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';

const nativeModule = createRequire(import.meta.url).resolve('@chroom/native');

/** What every script below begins with: the addon, and engines without the facade, which would hide mistakes. */
const prelude = `
const native = require(${JSON.stringify(nativeModule)});
let requestId = 0;
const open = (onRecords = () => {}) => new native.NativeEngine({ workers: 2, bindAddresses: ['127.0.0.1'], udpPort: 0,
  advertisedAddresses: [], sessionsPerWorker: 100, roomsPerWorker: 100, publicationsPerSession: 8,
  subscriptionsPerSession: 8, largeRoomSessions: 64, workerCpus: [], counters: new BigUint64Array(2 * native.counterNames.length), onRecords });
const closeRoom = (engine) => engine.submit(native.commandKinds.closeRoom, ++requestId, new Uint8Array([10, 4, 10, 2, 82, 77]));
`;

function run(script: string, flags: string[] = []) {
  const child = spawnSync(process.execPath, [...flags, '-e', prelude + script], { encoding: 'utf8', timeout: 30_000 });
  return { code: child.status, signal: child.signal, out: child.stdout.trim(), err: child.stderr.trim() };
}

const clean = (out: string) => ({ code: 0, signal: null, out, err: '' });

describe('ending a native engine', () => {
  it('closes twice', () => {
    expect(run(`const e = open(); e.close(); e.close(); console.log(e.udpPorts().length);`)).toEqual(clean('0'));
  });

  it('closes while commands and answers are under way, and calls nobody afterwards', () => {
    const script = `let calls = 0; const e = open(() => calls++);
      for (let i = 0; i < 500; i++) closeRoom(e);
      e.close(); const before = calls;
      try { closeRoom(e); } catch (error) { console.log(error.code); }
      process.on('exit', () => console.log(calls === before)); // the loop is empty then: nothing is under way any more`;
    expect(run(script)).toEqual(clean('CLOSED\ntrue'));
  });

  it('closes inside the callback that delivers records', () => {
    const script = `const e = open(() => { e.close(); console.log('closed'); }); closeRoom(e);`;
    expect(run(script)).toEqual(clean('closed'));
  });

  it('is collected without close, again and again', () => {
    const script = `(async () => { let collected = 0;
      const registry = new FinalizationRegistry(() => collected++);
      for (let i = 0; i < 20; i++) registry.register(open(), i);
      while (collected < 20) { gc(); await new Promise(setImmediate); }
      const threads = require('node:fs').readdirSync('/proc/self/task')
        .filter((id) => require('node:fs').readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('chroom'));
      console.log(collected, threads.length); })();`;
    expect(run(script, ['--expose-gc'])).toEqual(clean('20 0'));
  });

  it('does not keep the process alive', () => {
    expect(run(`globalThis.engine = open(); console.log('end');`)).toEqual(clean('end'));
  });

  it('keeps the process alive while an answer is owed', () => {
    expect(run(`const e = open(() => console.log('answered')); closeRoom(e);`)).toEqual(clean('answered'));
  });

  it('survives process.exit while answers are queued', () => {
    const script = `for (let n = 0; n < 4; n++) { const e = open(); for (let i = 0; i < 500; i++) closeRoom(e); }
      console.log('exit'); process.exit(0);`;
    expect(run(script)).toEqual(clean('exit'));
  });

  it('runs in several worker threads that end in every way', () => {
    const worker = `${prelude}
      const e = open(); for (let i = 0; i < 100; i++) closeRoom(e);
      const how = require('node:worker_threads').workerData;
      if (how === 'close') e.close();
      if (how === 'exit') process.exit(0);
      if (how === 'stay') setInterval(() => closeRoom(e), 1);
      require('node:worker_threads').parentPort.postMessage('up');`;
    const script = `(async () => { const { Worker } = require('node:worker_threads');
      for (let round = 0; round < 3; round++) {
        await Promise.all(['close', 'exit', 'drop', 'stay'].map((how) => new Promise((resolve) => {
          const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: how });
          worker.on('message', () => { if (how === 'stay') worker.terminate(); });
          worker.on('error', (error) => console.log(error.message));
          worker.on('exit', resolve);
        })));
      }
      console.log('done'); })();`;
    expect(run(script)).toEqual(clean('done'));
  });

  it('refuses a port that is taken without leaking threads or sockets', () => {
    const script = `const e = open(); const [udpPort] = e.udpPorts(); const fs = require('node:fs');
      const count = () => fs.readdirSync('/proc/self/fd').length + fs.readdirSync('/proc/self/task').length;
      const config = { workers: 2, bindAddresses: ['127.0.0.1'], udpPort, advertisedAddresses: [], sessionsPerWorker: 1,
        roomsPerWorker: 1, publicationsPerSession: 1, subscriptionsPerSession: 1, largeRoomSessions: 1, workerCpus: [],
        counters: new BigUint64Array(2 * native.counterNames.length), onRecords() {} };
      const before = count(); const codes = new Set();
      for (let i = 0; i < 10; i++) try { new native.NativeEngine(config); } catch (error) { codes.add(error.code); }
      console.log([...codes].join(), count() - before);`;
    expect(run(script)).toEqual(clean('SYSTEM 0'));
  });
});
