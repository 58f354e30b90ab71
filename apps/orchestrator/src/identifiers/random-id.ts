import { randomInt } from 'node:crypto';

const kAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** `prefix` and `length` random characters (5.8 bits each) that are easy to read aloud. */
export function randomId(prefix: string, length = 12): string {
  let id = prefix;
  for (let i = 0; i < length; i += 1) id += kAlphabet[randomInt(kAlphabet.length)];
  return id;
}
