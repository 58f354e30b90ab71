import { SetupError } from './progress.mjs';

const oldest = [20, 19, 0];

export function checkNodeVersion(found = process.versions.node) {
  const parts = found.split('.').map(Number);
  for (const [index, wanted] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part > wanted) return;
    if (part < wanted) {
      throw new SetupError(
        `Chroom needs Node ${oldest.join('.')} or later; this is Node ${found}. ` +
          'Get Node 22 or later from https://nodejs.org/en/download and start again.',
      );
    }
  }
}
