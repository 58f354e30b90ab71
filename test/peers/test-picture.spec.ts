import { describe, expect, it } from '@jest/globals';
import { colourError, drawPicture, height, readPicture, width } from './test-picture.mjs';

const size = { width, height };

describe('the test picture', () => {
  it.each([0, 1, 1000, 65_535])('carries number %i and its colours', (number) => {
    const read = readPicture(drawPicture(number, 1), size);
    expect(read.number).toBe(number);
    expect(colourError(read.areas, 1)).toBeLessThan(1);
  });

  it('is read as well when it was scaled down', () => {
    const picture = drawPicture(0b1010_0101_1100_0011, 2);
    const half: number[] = [];
    let start = 0;
    for (const [planeWidth, planeHeight] of [size, ...Array(2).fill({ width: width / 2, height: height / 2 })].map(
      ({ width, height }) => [width, height],
    )) {
      for (let y = 0; y < planeHeight; y += 2)
        for (let x = 0; x < planeWidth; x += 2) half.push(picture[start + y * planeWidth + x] ?? 0);
      start += planeWidth * planeHeight;
    }
    const read = readPicture(Uint8Array.from(half), { width: width / 2, height: height / 2 });
    expect(read.number).toBe(0b1010_0101_1100_0011);
    expect(colourError(read.areas, 2)).toBeLessThan(1);
  });

  it('is not taken for one of another turn, nor for grey', () => {
    expect(colourError(readPicture(drawPicture(7, 0), size).areas, 1)).toBeGreaterThan(30);
    expect(colourError(readPicture(drawPicture(7, 0).fill(128), size).areas, 0)).toBeGreaterThan(30);
  });

  it('changes nearly everywhere from frame to frame', () => {
    const [one, next] = [drawPicture(1, 0), drawPicture(2, 0)];
    const luma = (one.length * 2) / 3;
    const changed = one.subarray(0, luma).filter((value, index) => value !== next[index]).length;
    expect(changed / luma).toBeGreaterThan(0.8);
  });
});
