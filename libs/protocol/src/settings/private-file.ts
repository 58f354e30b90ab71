import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { ChroomError } from '../errors/chroom-error.js';

const othersMayAny = 0o077;
const othersMayWrite = 0o022;
/** Where container engines mount the secrets of a container: Docker and Podman as root's, readable by all of its processes. */
const mountedSecretsFolder = `${sep}run${sep}secrets${sep}`;

/**
 * The text of a file with a private key. Like ssh we use no key that others on the machine can read.
 *
 * What a container engine mounted below /run/secrets is as it is: root wrote it there, the process that is given it can
 * neither change its mode nor choose its owner, and only the container sees it.
 * @param namedBy the setting that names the file
 * @throws ChroomError PRIVATE_FILE_EXPOSED; what the file system says when it cannot be read
 */
export function readPrivateFile(path: string, namedBy?: string): string {
  const file = openSync(path, 'r');
  try {
    // Of what is open, not of the path: nobody can put another file there in between.
    const { mode, uid } = fstatSync(file);
    if (isExposed({ mode, uid, realPath: realpathSync(path) })) throw exposed(path, mode, namedBy);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Whether anybody but the owner of a file, and those who were given it as a secret, may use it. */
export function isExposed({ mode, uid, realPath }: { mode: number; uid: number; realPath: string }): boolean {
  const isMounted = uid === 0 && realPath.startsWith(mountedSecretsFolder);
  return (mode & (isMounted ? othersMayWrite : othersMayAny)) !== 0;
}

function exposed(path: string, mode: number, namedBy: string | undefined): ChroomError {
  const named = namedBy ? `${namedBy}: ` : '';
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new ChroomError(
    'PRIVATE_FILE_EXPOSED',
    `${named}${path} holds a private key and its mode is ${octal}: expected 0600 or stricter, so that nobody but its owner can read it. ` +
      `Run chmod 600 '${path}'; if others have used this machine meanwhile, replace the key. Secrets of a container belong below ${mountedSecretsFolder}.`,
  );
}
