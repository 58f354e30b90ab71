import type { ServerResponse } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import type { Roster, ServedKind } from '../roster/roster.js';
import { WatchStream } from './watch-stream.js';

/** Open watch streams: counts and ends them. */
export class Watchers {
  private readonly streams = new Set<ServerResponse>();

  constructor(
    private readonly roster: Roster,
    private readonly max: number,
  ) {}

  get count(): number {
    return this.streams.size;
  }

  /** @throws ChroomError LIMIT_EXCEEDED. */
  open(kind: ServedKind, response: ServerResponse, cursor: string): void {
    if (this.streams.size >= this.max) {
      throw new ChroomError(
        'LIMIT_EXCEEDED',
        `This registry serves ${this.max} watch streams at one time (CHROOM_REGISTRY_WATCHERS). Retry later, or ask another.`,
      );
    }
    this.streams.add(response);
    new WatchStream(this.roster, kind, response, cursor, () => this.streams.delete(response));
  }

  endAll(): void {
    for (const response of this.streams) response.destroy();
  }
}
