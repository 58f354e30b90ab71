import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';

/** Whether a program of this name is on the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
}

/** `describe` where `program` is installed; else skipped, with the reason in its title as `npm test` lists it. */
export function describeWith(program: string, title: string, body: () => void): void {
  if (hasProgram(program)) describe(title, body);
  else describe.skip(`${title} [needs ${program}]`, body);
}
