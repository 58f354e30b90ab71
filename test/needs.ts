import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { describe } from '@jest/globals';

/** Full path of a program on the PATH; undefined where there is none of this name. */
export function programPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

/** An IPv4 address of this machine besides loopback; undefined where there is none. */
export function machineAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((interface_) => interface_ ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/** `describe` where `needs` are there; else skipped, with what is missing in its title as `npm test` lists it. */
export function describeWith(needs: Readonly<Record<string, unknown>>, title: string, body: () => void): void {
  const missing = Object.keys(needs).filter((name) => !needs[name]);
  if (missing.length === 0) describe(title, body);
  else describe.skip(`${title} [needs ${missing.join(', ')}]`, body);
}
