import { createLogger } from '@chroom/telemetry';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DiskBlocks, DiskMark } from './disk-mark.js';

/** Of 1000 blocks a user may fill 900. */
const usedOf = (used: number): DiskBlocks => ({ blocks: 1000, bfree: 1000 - used, bavail: 900 - used });

describe('DiskMark', () => {
  let disks: Record<string, DiskBlocks | Error>;
  let lines: string[];
  let mark: DiskMark;
  beforeEach(() => {
    disks = { '/node': usedOf(0), '/database': usedOf(0) };
    lines = [];
    const logger = createLogger({ app: 'spec', level: 'info', write: (line) => void lines.push(line) });
    const read = async (folder: string) => {
      const disk = disks[folder]!;
      if (disk instanceof Error) throw disk;
      return disk;
    };
    mark = new DiskMark({ folders: Object.keys(disks), markPercent: 90, logger, read });
  });

  it.each([
    ['at the mark', 810, undefined],
    ['above it', 811, 'the disk of /database is 90.1 % full, at most 90 % leave room for new work'],
    ['to the last block', 900, 'the disk of /database is 100 % full, at most 90 % leave room for new work'],
  ])('judges a disk that is filled %s by what a user may fill', async (_, used, problem) => {
    disks['/database'] = usedOf(used);
    await mark.look();
    expect(mark.problem).toBe(problem);
  });

  it('says once that a disk is full, and once that there is room again', async () => {
    for (const used of [100, 850, 860, 870, 500, 500]) {
      disks['/node'] = usedOf(used);
      await mark.look();
    }
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'info']);
    expect(mark.problem).toBeUndefined();
  });

  it('stays with what it saw while a disk cannot be read', async () => {
    disks['/node'] = new Error('stale handle');
    await mark.look();
    expect(mark.problem).toBeUndefined();
    disks['/node'] = usedOf(880);
    await mark.look();
    disks['/node'] = new Error('stale handle');
    await mark.look();
    expect(mark.problem).toContain('/node');
  });

  it('never closes at a mark of 100, and reads real disks', async () => {
    const logger = createLogger({ app: 'spec', level: 'silent' });
    const read = async () => usedOf(900);
    const never = new DiskMark({ folders: ['/node'], markPercent: 100, logger, read });
    await never.look();
    expect(never.problem).toBeUndefined();
    const real = new DiskMark({ folders: ['.'], markPercent: 0, logger });
    await real.look();
    expect(real.problem).toMatch(/^the disk of \. is [\d.]+ % full, at most 0 %/);
  });
});
