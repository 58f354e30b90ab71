import { describe, expect, it } from '@jest/globals';
import { SettingsReader } from './settings-reader.js';

const read = (environment: Record<string, string>) => new SettingsReader(environment);
const refusal = (...words: string[]) =>
  expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringMatching(new RegExp(words.join('.*'))) });

describe('SettingsReader', () => {
  it('gives typed values, and fallbacks for what is not set or empty', () => {
    const settings = read({ A: '7', B: 'true', C: '18446744073709551615', D: 'x, y', E: 'http://h:1/', F: '' });
    expect([
      settings.integer('A', { min: 0, max: 9 }),
      settings.boolean('B', false),
      settings.bigint('C', { min: 0n, max: 2n ** 64n - 1n }),
      settings.list('D', { max: 2 }),
      settings.url('E', { protocols: ['http:'] }),
      settings.text('F', { fallback: 'fallback' }),
      settings.optionalText('G'),
    ]).toEqual([7, true, 18446744073709551615n, ['x', 'y'], 'http://h:1', 'fallback', undefined]);
  });

  it('takes amounts of 96 bits, and says what is too long for one', () => {
    const rule = { min: 0n, max: 2n ** 96n - 1n };
    expect(read({ AMOUNT: `${rule.max}` }).bigint('AMOUNT', rule)).toBe(rule.max);
    for (const text of [`${rule.max + 1n}`, '9'.repeat(30)]) {
      expect(() => read({ AMOUNT: text }).bigint('AMOUNT', rule)).toThrow(refusal('AMOUNT', `0 to ${rule.max}`));
    }
  });

  it.each(['', '1.5', '-1', '10', 'seven', '0x7', '1e1', '99999999999999999999'])(
    'refuses %j for a number from 0 to 9',
    (text) => {
      expect(() => read({ PORT: text }).integer('PORT', { min: 0, max: 9 })).toThrow(refusal('PORT', '0 to 9'));
    },
  );

  it('names the variable, what was expected and what came', () => {
    expect(() => read({ LEVEL: 'loud' }).oneOf('LEVEL', ['info', 'warn'])).toThrow(
      refusal('LEVEL', 'info, warn', 'loud'),
    );
    expect(() => read({}).text('NAME')).toThrow(refusal('NAME is not set'));
    expect(() => read({ ON: 'yes' }).boolean('ON', true)).toThrow(refusal('ON', 'true or false', 'yes'));
    expect(() => read({ URL: 'ftp://x' }).url('URL', { protocols: ['https:'] })).toThrow(
      refusal('URL', 'https://', 'ftp'),
    );
    expect(() => read({ IPS: 'a,,b' }).list('IPS', { max: 4 })).toThrow(refusal('IPS', 'separated by commas'));
    expect(() => read({ IPS: 'a,b,c' }).list('IPS', { max: 2 })).toThrow(refusal('IPS', '0 to 2'));
  });

  it('never shows keys and passwords', () => {
    const secret = 'hunter2hunter2';
    const messageOf = (call: () => unknown): string => {
      try {
        call();
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('expected a refusal');
    };
    const settings = read({ KEY: secret, DB: `mysql://u:${secret}@h/db` });
    expect(messageOf(() => settings.privateKey('KEY'))).not.toContain(secret);
    expect(messageOf(() => settings.connectionUrl('DB', { protocols: ['postgres:'] }))).not.toContain(secret);
  });

  it('takes no private key that no account has', () => {
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
    for (const digits of ['0'.repeat(64), order, 'f'.repeat(64)]) {
      expect(() => read({ KEY: `0x${digits}` }).privateKey('KEY')).toThrow(
        /KEY is wrong: expected .*beyond the order of the curve/,
      );
    }
    expect(read({ KEY: `0x${'0'.repeat(63)}1` }).privateKey('KEY')).toBe(`0x${'0'.repeat(63)}1`);
  });

  it('takes the connection forms of PostgreSQL and Redis that are no URLs of the web', () => {
    const settings = read({ DB: 'postgres://u@/db?host=/tmp', REDIS: 'unix:///tmp/s' });
    expect(settings.connectionUrl('DB', { protocols: ['postgres:'] })).toBe('postgres://u@/db?host=/tmp');
    expect(settings.connectionUrl('REDIS', { protocols: ['unix:', 'redis:'] })).toBe('unix:///tmp/s');
  });
});
