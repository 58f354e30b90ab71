// What a person sees while long steps run: one line per step with its time; in full only when something fails.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './repository.mjs';

const logFolder = path.join(repositoryRoot, '.chroom', 'logs');
const shownOnFailureLines = 60;

/** A failure whose message is meant for the person at the terminal; no stack is shown. */
export class SetupError extends Error {}

/**
 * Runs one step and prints `name ... done (1.2 s)`.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const startedAtMs = Date.now();
  process.stderr.write(`  ${name} ...`);
  const beat = setInterval(() => process.stderr.write('.'), 5000);
  try {
    const result = await work();
    process.stderr.write(` done (${((Date.now() - startedAtMs) / 1000).toFixed(1)} s)\n`);
    return result;
  } catch (error) {
    process.stderr.write(' failed\n');
    throw error;
  } finally {
    clearInterval(beat);
  }
}

/** Runs a command; its output goes to a log file, whose end is part of the error when the command fails. */
export function runLogged(name, command, args, options = {}) {
  mkdirSync(logFolder, { recursive: true });
  const logFile = path.join(logFolder, `${name}.log`);
  const log = openSync(logFile, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repositoryRoot, stdio: ['ignore', log, log], ...options });
    child.once('error', (error) => reject(new SetupError(`${command} cannot be run: ${error.message}`)));
    child.once('exit', (code, signal) => {
      closeSync(log);
      if (code === 0) return resolve(undefined);
      const tail = readFileSync(logFile, 'utf8').split('\n').slice(-shownOnFailureLines).join('\n');
      reject(
        new SetupError(
          `${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}:\n${tail}\nAll of it: ${path.relative(repositoryRoot, logFile)}`,
        ),
      );
    });
  });
}

/** Runs main, and turns a SetupError or a coded error into its text and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n`);
    process.exit(1);
  }
}

function textOf(error) {
  if (error instanceof SetupError) return error.message;
  // Of libs/protocol, which is not built yet when this file is read.
  if (error?.name === 'ChroomError') return `${error.code}: ${error.message}`;
  return error?.stack ?? error;
}
