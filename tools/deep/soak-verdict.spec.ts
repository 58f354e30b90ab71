import { describe, expect, it } from '@jest/globals';
import { judgeSoak } from './soak-verdict.mjs';

const part = { sent: 500_000, lost: 0, busy: 0.8, seconds: 20, run: { damaged: 0, unopenable: 0 } };
const both = (first: Partial<typeof part>, second: Partial<typeof part> = {}) => [
  { ...part, ...first },
  { ...part, ...second },
];
const ended = both({});
const growing = (bytesPerSecond: number) =>
  [0, 5, 10, 15, 20].map((seconds) => ({ seconds, rssBytes: 80e6 + seconds * bytesPerSecond + (seconds % 2) * 4096 }));

describe('the soak', () => {
  it('passes with flat memory and without loss', () => {
    const { failures, text } = judgeSoak(ended, growing(0));
    expect(failures).toEqual([]);
    expect(text).toMatch(/1000000 packets, 0 lost, worker 80 % busy/);
  });

  it('fails when memory grows, by how much', () => {
    expect(judgeSoak(ended, growing(20_000)).failures).toEqual([
      expect.stringMatching(/^memory grew by 117\d KiB a minute/),
    ]);
    expect(judgeSoak(ended, growing(-20_000)).failures).toEqual([]);
  });

  it('fails on loss, damage, or when nothing flowed or was seen', () => {
    expect(judgeSoak(both({ lost: 11 }), growing(0)).failures).toHaveLength(1);
    expect(judgeSoak(both({ lost: 4 }, { lost: 6 }), growing(0)).failures).toHaveLength(0);
    expect(judgeSoak(both({}, { run: { damaged: 1, unopenable: 0 } }), growing(0)).failures).toHaveLength(1);
    expect(judgeSoak(both({ sent: 0 }, { sent: 0 }), growing(0)).failures).toContain('no packet was sent');
    expect(judgeSoak(ended, growing(0).slice(0, 2)).failures).toHaveLength(1);
  });

  it('fails when the worker had too little or too much to do on the mean', () => {
    expect(judgeSoak(both({ busy: 0.6 }, { busy: 0.95 }), growing(0)).failures).toEqual([]);
    expect(judgeSoak(both({ busy: 0.6 }, { busy: 0.7 }), growing(0)).failures).toEqual([
      'the worker was 65 % busy, expected 70 % to 90 %',
    ]);
    expect(judgeSoak(both({ busy: 0.95 }, { busy: 0.95 }), growing(0)).failures).toHaveLength(1);
  });
});
