// One long-running child process: start it, wait until it is ready, stop it and wait for its end.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

const defaultReadyTimeoutMs = 30_000;
const defaultStopTimeoutMs = 10_000;
const keptLogBytes = 16_384;

/**
 * Starts `command` and resolves when `isReady` says so for one of its output lines (or answers true when polled).
 * @param {object} options
 * @param {string} options.name  for messages
 * @param {string} options.command
 * @param {string[]} [options.args]
 * @param {import('node:child_process').SpawnOptions} [options.spawn]  env, cwd, argv0, uid ...
 * @param {string} [options.logFile]  output is appended to it
 * @param {(line: string) => boolean} [options.readyLine]
 * @param {() => Promise<boolean>} [options.readyProbe]  polled every 20 ms
 * @param {number} [options.readyTimeoutMs]
 * @param {NodeJS.Signals} [options.stopSignal]
 * @param {boolean} [options.diesWithParent]  default true: ended by the kernel when we are killed
 */
export async function startChild(options) {
  const [command, args] =
    options.diesWithParent === false
      ? [options.command, options.args ?? []]
      : dieWithParent(options.command, options.args ?? []);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options.spawn });
  const log = options.logFile ? createWriteStream(options.logFile, { flags: 'a', mode: 0o600 }) : undefined;
  let recent = '';
  const listeners = new Set();
  let partial = '';
  const onData = (chunk) => {
    log?.write(chunk);
    recent = (recent + chunk).slice(-keptLogBytes);
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) for (const listener of listeners) listener(line);
  };
  child.stdout?.setEncoding('utf8').on('data', onData);
  child.stderr?.setEncoding('utf8').on('data', onData);
  let ended = false;
  const end = new Promise((resolve) => {
    child.once('error', (error) => {
      recent += `${error.message}\n`;
      ended = true;
      resolve({ code: null, signal: null, error });
    });
    child.once('exit', (code, signal) => {
      ended = true;
      resolve({ code, signal });
    });
    // Its output may end later than the process itself.
    child.once('close', () => log?.end());
  });
  const handle = {
    name: options.name,
    pid: child.pid,
    /** Resolves with {code, signal} when the process has ended. */
    end,
    get running() {
      return !ended;
    },
    recentOutput: () => recent,
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signal: (name) => child.kill(name),
    async stop(timeoutMs = defaultStopTimeoutMs) {
      if (ended) return;
      child.kill(options.stopSignal ?? 'SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await end;
      clearTimeout(timer);
    },
  };
  await waitReady(options, handle);
  return handle;
}

/** Without it a SIGKILL of the parent leaves servers behind that hold ports and data folders. */
export function dieWithParent(command, args, signal = 'TERM') {
  return ['setpriv', ['--pdeathsig', signal, command, ...args]];
}

async function waitReady(options, handle) {
  const timeoutMs = options.readyTimeoutMs ?? defaultReadyTimeoutMs;
  let stopWaiting = () => {};
  const waits = [
    handle.end.then(({ code, signal, error }) => {
      throw new Error(
        `${options.name} ended before it was ready (${error?.message ?? `code ${code}, signal ${signal}`}):\n${handle.recentOutput()}`,
      );
    }),
    new Promise((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${options.name} was not ready within ${timeoutMs} ms:\n${handle.recentOutput()}`)),
        timeoutMs,
      );
      stopWaiting = () => clearTimeout(timer);
    }),
  ];
  let polling = true;
  let removeListener = () => {};
  if (options.readyLine) {
    waits.push(
      new Promise((resolve) => {
        removeListener = handle.onLine((line) => options.readyLine(line) && resolve(undefined));
      }),
    );
  }
  if (options.readyProbe) {
    waits.push(
      (async () => {
        while (polling && handle.running) {
          if (await options.readyProbe()) return;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await new Promise(() => {});
      })(),
    );
  }
  try {
    if (options.readyLine || options.readyProbe) await Promise.race(waits);
  } catch (error) {
    await handle.stop();
    throw error;
  } finally {
    polling = false;
    stopWaiting();
    removeListener();
  }
}
