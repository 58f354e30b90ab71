import { statfs } from 'node:fs/promises';
import type { Logger } from '@chroom/telemetry';

/** Sizes of the file system that holds a folder, in blocks of any size. */
export interface DiskBlocks {
  readonly blocks: number;
  readonly bfree: number;
  /** Of the free ones, those that are not kept for the system. */
  readonly bavail: number;
}

export interface DiskMarkParts {
  /** Folders whose disks count. */
  readonly folders: readonly string[];
  /** Percent of a disk above which the node takes no new work; 100 means never. */
  readonly markPercent: number;
  readonly logger: Logger;
  readonly read?: (folder: string) => Promise<DiskBlocks>;
}

/**
 * Whether there is room for what new work leaves behind: receipts wait on disk while the chain is away. Call `look` every
 * second; a look that still runs is not repeated.
 */
export class DiskMark {
  /** Names the disk and says how full it is; undefined while all are at or below the mark. */
  problem: string | undefined;
  private looking: Promise<void> | undefined;

  constructor(private readonly parts: DiskMarkParts) {}

  look(): Promise<void> {
    this.looking ??= this.readAll().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async readAll(): Promise<void> {
    const { folders, read = statfs, logger } = this.parts;
    const before = this.problem;
    try {
      const disks = await Promise.all(folders.map(async (folder) => ({ folder, blocks: await read(folder) })));
      this.problem = disks.map(({ folder, blocks }) => this.problemOf(folder, blocks)).find(Boolean);
    } catch (error) {
      // What was seen last stays true: a disk that cannot be read is no reason to open or close a node.
      logger.warn('a disk cannot be read', { error });
    }
    if ((before === undefined) === (this.problem === undefined)) return;
    if (this.problem) logger.warn('no capacity is offered until there is room on the disk', { reason: this.problem });
    else logger.info('there is room on the disk, capacity is offered again');
  }

  private problemOf(folder: string, { blocks, bfree, bavail }: DiskBlocks): string | undefined {
    const used = blocks - bfree;
    if (used * 100 <= this.parts.markPercent * (used + bavail)) return undefined;
    const percent = Math.floor((used * 1000) / (used + bavail)) / 10;
    return `the disk of ${folder} is ${percent} % full, at most ${this.parts.markPercent} % leave room for new work`;
  }
}
