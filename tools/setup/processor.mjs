import { SetupError } from './progress.mjs';

/** The npm packages that hold the embedded PostgreSQL and the browser of the tests are built for this system alone. */
const supported = 'linux x64';

export function checkProcessor(found = `${process.platform} ${process.arch}`) {
  if (found === supported) return;
  throw new SetupError(
    `UNIMPLEMENTED: expected Linux on x86-64 (${supported}), for which the embedded PostgreSQL and the test browser are built; this is ${found}. ` +
      'Start on an x86-64 machine. The media node alone also builds on 64-bit ARM: npx cmake-js build --directory native.',
  );
}
