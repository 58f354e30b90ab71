import { ChroomError } from '../errors/chroom-error.js';
import { isPrivateKey } from '../signing/member-key.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from environment variables, once, at the start of a process. Every wrong or missing value throws
 * ChroomError SETTING_INVALID with the variable, what was expected and what came. A variable that is set to the empty
 * string counts as not set. A method with `fallback` never fails for a missing variable.
 */
export class SettingsReader {
  constructor(private readonly environment: Environment) {}

  text(name: string, rule: TextRule = {}): string {
    return this.read(
      name,
      rule.fallback,
      (raw) => {
        const longest = rule.maxLength ?? 4096;
        if (raw.length > longest) return wrong(`at most ${longest} characters`);
        if (rule.pattern && !rule.pattern.test(raw)) return wrong(rule.expected ?? `text matching ${rule.pattern}`);
        return right(raw);
      },
      rule.expected ?? 'a text',
    );
  }

  optionalText(name: string, rule: Omit<TextRule, 'fallback'> = {}): string | undefined {
    return this.environment[name] ? this.text(name, rule) : undefined;
  }

  integer(name: string, rule: IntegerRule): number {
    const expected = `a whole number from ${rule.min} to ${rule.max}`;
    return this.read(
      name,
      rule.fallback,
      (raw) => {
        const value = /^-?[0-9]{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
        return value >= rule.min && value <= rule.max ? right(value) : wrong(expected);
      },
      expected,
    );
  }

  /** For values of 64 bits (bits per second, identities) and amounts of 96. */
  bigint(name: string, rule: BigintRule): bigint {
    const expected = `a whole number from ${rule.min} to ${rule.max}`;
    return this.read(
      name,
      rule.fallback,
      (raw) => {
        if (!/^[0-9]{1,29}$/.test(raw)) return wrong(expected);
        const value = BigInt(raw);
        return value >= rule.min && value <= rule.max ? right(value) : wrong(expected);
      },
      expected,
    );
  }

  boolean(name: string, fallback: boolean): boolean {
    const expected = 'true or false';
    return this.read(
      name,
      fallback,
      (raw) => {
        if (raw === 'true') return right(true);
        return raw === 'false' ? right(false) : wrong(expected);
      },
      expected,
    );
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: T): T {
    const expected = `one of ${allowed.join(', ')}`;
    return this.read(
      name,
      fallback,
      (raw) => {
        const found = allowed.find((word) => word === raw);
        return found === undefined ? wrong(expected) : right(found);
      },
      expected,
    );
  }

  /** A URL without a trailing slash. `protocols` with colon: `['http:', 'https:']`. */
  url(name: string, rule: { readonly protocols: readonly string[]; readonly fallback?: string }): string {
    const expected = `a URL that begins with ${rule.protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    return this.read(
      name,
      rule.fallback,
      (raw) => {
        if (!URL.canParse(raw)) return wrong(expected);
        return rule.protocols.includes(new URL(raw).protocol) ? right(raw.replace(/\/+$/, '')) : wrong(expected);
      },
      expected,
    );
  }

  /**
   * Where a server is reached: also the forms that are no URLs of the web, such as `postgres://user@/db?host=/folder`
   * and `unix:///folder/socket`. The value may hold a password and never appears in an error.
   */
  connectionUrl(name: string, rule: { readonly protocols: readonly string[]; readonly fallback?: string }): string {
    const expected = `a URL that begins with ${rule.protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    const raw = this.environment[name] || rule.fallback;
    if (!raw) throw missing(name, expected);
    if (rule.protocols.some((protocol) => raw.startsWith(`${protocol}//`))) return raw;
    throw invalid(name, expected, `a text of ${raw.length} characters that begins otherwise`);
  }

  /** A secp256k1 private key. Its value never appears in an error. */
  privateKey(name: string): `0x${string}` {
    const expected = '0x and 64 hexadecimal digits, neither zero nor beyond the order of the curve';
    const raw = this.environment[name];
    if (!raw) throw missing(name, expected);
    if (!isPrivateKey(raw)) throw invalid(name, expected, `a text of ${raw.length} characters`);
    return raw.toLowerCase() as `0x${string}`;
  }

  /** A token or password: its value never appears in an error. */
  secret(name: string): string {
    const expected = '16 to 256 printable characters without spaces';
    const raw = this.environment[name];
    if (!raw) throw missing(name, expected);
    if (!/^[\x21-\x7e]{16,256}$/.test(raw)) throw invalid(name, expected, `a text of ${raw.length} characters`);
    return raw;
  }

  address(name: string): `0x${string}` {
    return this.text(name, {
      pattern: /^0x[0-9a-fA-F]{40}$/,
      expected: 'an account address, 0x and 40 hexadecimal digits',
    }) as `0x${string}`;
  }

  /** Values separated by commas; blanks around them do not count. */
  list(name: string, rule: ListRule): readonly string[] {
    const expected = `${rule.min ?? 0} to ${rule.max} values separated by commas${rule.expected ? `, each ${rule.expected}` : ''}`;
    return this.read(
      name,
      rule.fallback,
      (raw) => {
        const values = raw.split(',').map((value) => value.trim());
        if (values.length < (rule.min ?? 0) || values.length > rule.max) return wrong(expected);
        return values.every((value) => value !== '' && (rule.pattern?.test(value) ?? true))
          ? right(values)
          : wrong(expected);
      },
      expected,
    );
  }

  private read<T>(name: string, fallback: T | undefined, parse: (raw: string) => Parsed<T>, expected: string): T {
    const raw = this.environment[name];
    if (!raw) {
      if (fallback !== undefined) return fallback;
      throw missing(name, expected);
    }
    const parsed = parse(raw);
    if ('expected' in parsed) throw invalid(name, parsed.expected, JSON.stringify(raw.slice(0, 80)));
    return parsed.value;
  }
}

export interface TextRule {
  readonly fallback?: string;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** Words for the error, in place of the pattern. */
  readonly expected?: string;
}

export interface IntegerRule {
  readonly min: number;
  readonly max: number;
  readonly fallback?: number;
}

export interface BigintRule {
  readonly min: bigint;
  readonly max: bigint;
  readonly fallback?: bigint;
}

export interface ListRule {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  readonly expected?: string;
  readonly fallback?: readonly string[];
}

type Parsed<T> = { readonly value: T } | { readonly expected: string };

function right<T>(value: T): Parsed<T> {
  return { value };
}

function wrong(expected: string): { readonly expected: string } {
  return { expected };
}

function missing(name: string, expected: string): ChroomError {
  return new ChroomError('SETTING_INVALID', `${name} is not set: expected ${expected}. Set it and start again.`);
}

function invalid(name: string, expected: string, got: string): ChroomError {
  return new ChroomError(
    'SETTING_INVALID',
    `${name} is wrong: expected ${expected}, got ${got}. Change it and start again.`,
  );
}
