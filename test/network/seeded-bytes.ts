/** Bytes that look random and are the same in every run of a seed (xorshift32). */
export function seededBytes(seed: number): (length: number) => Buffer {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state & 0xff;
  };
  return (length) => Buffer.from(Array.from({ length }, next));
}
