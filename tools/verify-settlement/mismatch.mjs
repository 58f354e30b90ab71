/** Something does not fit; the message says what was expected and what came. */
export class Mismatch extends Error {
  name = 'Mismatch';
}

/** @throws Mismatch */
export function expectEqual(what, received, expected) {
  if (received === expected) return;
  throw new Mismatch(`${what}: expected ${expected}, received ${received}`);
}
