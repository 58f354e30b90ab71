import { describe, expect, it } from '@jest/globals';
import { dominantFrequency } from './dominant-frequency';

const sampleRateHz = 48_000;
const tone = (frequencyHz: number, amplitude: number) =>
  Int16Array.from({ length: sampleRateHz }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz)),
  );

describe('dominantFrequency', () => {
  it.each([100, 440, 443.5, 1000])('finds a sine of %d Hz and that it is all there is', (frequencyHz) => {
    const found = dominantFrequency(tone(frequencyHz, 10_000), sampleRateHz);
    expect(found.frequencyHz).toBeCloseTo(frequencyHz, 0);
    expect(found.share).toBeCloseTo(1, 2);
  });

  it('says when there is as much of something else', () => {
    const other = tone(5000, 10_000);
    const both = tone(440, 10_000).map((sample, index) => sample + (other[index] ?? 0));
    expect(dominantFrequency(both, sampleRateHz).share).toBeCloseTo(0.5, 2);
  });

  it('finds nothing in silence', () => {
    expect(dominantFrequency(new Int16Array(sampleRateHz), sampleRateHz)).toEqual({ frequencyHz: 0, share: 0 });
  });
});
