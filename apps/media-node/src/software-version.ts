import { readFileSync } from 'node:fs';

/** Version of this application's package. */
export const softwareVersion: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
