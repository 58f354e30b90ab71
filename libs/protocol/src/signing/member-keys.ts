import { ChroomError } from '../errors/chroom-error.js';
import { readPrivateFile } from '../settings/private-file.js';
import type { SettingsReader } from '../settings/settings-reader.js';
import { type Hex, sameAddress } from '../wire/wire-values.js';
import { isPrivateKey, signerAddressOf } from './member-key.js';

const fileMaxBytes = 4096;

/**
 * The private keys of one member. Which of them signs is what the chain says for an epoch. Keys in a file are read again
 * when the chain names one that is not here: a new key is appended to the file, then registered, and used from its epoch
 * on without a restart.
 */
export class MemberKeys {
  private keys: readonly { readonly key: Hex; readonly account: Hex }[] = [];

  private constructor(
    private readonly variable: string,
    private readonly file?: string,
  ) {}

  static of(key: Hex, variable = 'the key'): MemberKeys {
    const keys = new MemberKeys(variable);
    keys.take([key]);
    return keys;
  }

  /**
   * A file with one key a line, which `variable` names.
   * @throws ChroomError SETTING_INVALID or PRIVATE_FILE_EXPOSED, with no key in it
   */
  static ofFile(file: string, variable: string): MemberKeys {
    const keys = new MemberKeys(variable, file);
    keys.readFile();
    return keys;
  }

  /**
   * `variable` holds one key, or `variable`_FILE names a file with one a line.
   * @throws ChroomError SETTING_INVALID or PRIVATE_FILE_EXPOSED that names the variable and never a key
   */
  static fromSettings(read: SettingsReader, variable: string): MemberKeys {
    const file = read.optionalText(`${variable}_FILE`, { expected: 'the path of a file' });
    return file ? MemberKeys.ofFile(file, `${variable}_FILE`) : MemberKeys.of(read.privateKey(variable), variable);
  }

  /** The key whose account that is. @throws ChroomError SIGNER_KEY_MISSING, or what is wrong with the file meanwhile */
  keyOf(account: Hex): Hex {
    const found = this.find(account);
    if (found) return found;
    if (this.file) this.readFile();
    const foundNow = this.find(account);
    if (foundNow) return foundNow;
    throw new ChroomError(
      'SIGNER_KEY_MISSING',
      `The chain names account ${account} as our signer, and its key is not in ${this.variable}: ` +
        `that has ${this.keys.map((entry) => entry.account).join(', ')}. Add the key there, or register another signer.`,
    );
  }

  private find(account: Hex): Hex | undefined {
    return this.keys.find((entry) => sameAddress(entry.account, account))?.key;
  }

  private readFile(): void {
    let text = '';
    try {
      text = readPrivateFile(this.file ?? '', this.variable);
    } catch (cause) {
      if (cause instanceof ChroomError) throw cause;
      throw this.invalid('a file that can be read', { cause });
    }
    const lines = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    const isSane = text.length <= fileMaxBytes && lines.length > 0;
    if (!isSane || !lines.every(isPrivateKey)) {
      throw this.invalid(`1 or more lines of 0x and 64 hexadecimal digits of a key, ${fileMaxBytes} bytes at most`);
    }
    this.take(lines.map((line) => line.toLowerCase() as Hex));
  }

  private take(keys: readonly Hex[]): void {
    this.keys = keys.map((key) => ({ key, account: signerAddressOf(key) }));
  }

  private invalid(expected: string, options?: { cause: unknown }): ChroomError {
    return new ChroomError('SETTING_INVALID', `${this.variable}: expected ${expected} at ${this.file}.`, options);
  }
}
