import { describe, expect, it } from '@jest/globals';
import { KnownGrants } from './known-grants.js';

/** Counts how often a signature is looked at. */
class Looks {
  count = 0;
  readonly right = () => this.answer(true);
  readonly wrong = () => this.answer(false);

  private answer(isRight: boolean): boolean {
    this.count += 1;
    return isRight;
  }
}

describe('KnownGrants', () => {
  it('looks once at a signature that is right', () => {
    const [known, looks] = [new KnownGrants(), new Looks()];
    for (let time = 0; time < 3; time++) expect(known.isSigned('0xa', '0xd', '0x1', looks.right)).toBe(true);
    expect(known.isSigned('0xA', '0xD', '0x1', looks.wrong)).toBe(true);
    expect(looks.count).toBe(1);
  });

  it.each([
    ['signer', '0xb', '0xd', '0x1'],
    ['digest', '0xa', '0xe', '0x1'],
    ['signature', '0xa', '0xd', '0x2'],
  ] as const)('takes another %s for another grant', (_, signer, digest, signature) => {
    const [known, looks] = [new KnownGrants(), new Looks()];
    known.isSigned('0xa', '0xd', '0x1', looks.right);
    expect(known.isSigned(signer, digest, signature, looks.wrong)).toBe(false);
    expect(looks.count).toBe(2);
  });

  it('looks again at what was wrong', () => {
    const [known, looks] = [new KnownGrants(), new Looks()];
    expect(known.isSigned('0xa', '0xd', '0x1', looks.wrong)).toBe(false);
    expect(known.isSigned('0xa', '0xd', '0x1', looks.wrong)).toBe(false);
    expect(looks.count).toBe(2);
  });

  it('forgets the longest unused beyond its bound', () => {
    const [known, looks] = [new KnownGrants(2), new Looks()];
    for (const signature of ['0x1', '0x2', '0x1', '0x3'] as const) known.isSigned('0xa', '0xd', signature, looks.right);
    expect(looks.count).toBe(3);
    known.isSigned('0xa', '0xd', '0x1', looks.right);
    expect(looks.count).toBe(3);
    expect(known.isSigned('0xa', '0xd', '0x2', looks.wrong)).toBe(false);
  });
});
