import { describe, expect, it } from '@jest/globals';
import { layOutBigRoom } from './big-room-layout.mjs';

describe('the cores of one big room', () => {
  it('are shared by two workers and the generator where there are only two', () => {
    expect(layOutBigRoom(2)).toMatchObject({ workerCounts: [1, 2], engineCpus: '0-1', generatorCpus: '0-1' });
  });

  it.each([
    [3, [1, 2], '0-1', '2'],
    [4, [1, 2, 3], '0-2', '3'],
    [16, [1, 2, 4, 8, 15], '0-14', '15'],
    [128, [1, 2, 4, 8, 16, 32, 64], '0-63', '127'],
  ])(
    'are all but the last for the workers of %i, and the last for the generator',
    (cores, workerCounts, engineCpus, generatorCpus) => {
      const layout = layOutBigRoom(cores);
      expect(layout).toMatchObject({ workerCounts, engineCpus, generatorCpus });
      expect(layout.workerCpus(workerCounts.at(-1) ?? 0)).not.toContain(Number(generatorCpus));
    },
  );
});
