import { readFile, stat } from 'node:fs/promises';
import { ChroomError } from '../errors/chroom-error.js';
import type { Hex } from '../wire/wire-values.js';
import type { Member, MemberId } from './member.js';
import { FixedMemberDirectory, MemberDirectory } from './member-directory.js';
import { type MemberList, verifyMemberList } from './member-list.js';

/** About 200 bytes a member. */
const FILE_MAX_BYTES = 4 * 1024 * 1024;
const RELOAD_INTERVAL_MS = 1000;

export interface MemberFileOptions {
  readonly path: string;
  readonly chainId: bigint;
  /** Account that signs the list. */
  readonly authority: Hex;
  /** Told when a changed file is refused; the list in force stays. */
  readonly onRefused?: (error: unknown) => void;
}

/** The member list in a signed file, read again when the file changes. A wrong new file never replaces a right one. */
export class FileMemberDirectory extends MemberDirectory {
  private readonly inForce = new FixedMemberDirectory([]);
  private version = -1n;
  private stamp = '';
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: MemberFileOptions) {
    super();
  }

  /** @throws ChroomError MEMBER_LIST_UNREADABLE, MEMBER_LIST_UNSIGNED or INVALID_ARGUMENT when the file cannot be used. */
  static async open(options: MemberFileOptions): Promise<FileMemberDirectory> {
    const directory = new FileMemberDirectory(options);
    await directory.refresh();
    directory.timer = setInterval(() => {
      directory.refresh().catch((error: unknown) => options.onRefused?.(error));
    }, RELOAD_INTERVAL_MS);
    directory.timer.unref();
    return directory;
  }

  override list(): readonly Member[] {
    return this.inForce.list();
  }

  override find(id: MemberId): Member | undefined {
    return this.inForce.find(id);
  }

  override onChange(listener: () => void): () => void {
    return this.inForce.onChange(listener);
  }

  /** Reads the file if it changed since the last time. */
  async refresh(): Promise<void> {
    const stamp = await this.stampOf();
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const list = await this.read();
    if (list.version < this.version) {
      throw new ChroomError(
        'INVALID_ARGUMENT',
        `The member list ${this.options.path} has version ${list.version}, older than ${this.version} in force.`,
      );
    }
    this.version = list.version;
    this.inForce.replace(list.members);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async stampOf(): Promise<string> {
    try {
      const status = await stat(this.options.path);
      return `${status.mtimeMs}/${status.size}/${status.ino}`;
    } catch (cause) {
      throw unreadable(this.options.path, 'it cannot be opened', cause);
    }
  }

  private async read(): Promise<MemberList> {
    const bytes = await readFile(this.options.path);
    if (bytes.length > FILE_MAX_BYTES) throw unreadable(this.options.path, `it is larger than ${FILE_MAX_BYTES} bytes`);
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch (cause) {
      throw unreadable(this.options.path, 'it is not JSON', cause);
    }
    return verifyMemberList(json, this.options.chainId, this.options.authority);
  }
}

function unreadable(path: string, why: string, cause?: unknown): ChroomError {
  return new ChroomError(
    'MEMBER_LIST_UNREADABLE',
    `The member list ${path} cannot be read: ${why}. Set CHROOM_MEMBERS_FILE.`,
    {
      cause,
    },
  );
}
