import type { ServerResponse } from 'node:http';
import { announcedMemberSchema, encodeWire, type MemberId } from '@chroom/protocol';
import type { Roster, ServedKind } from '../roster/roster.js';

/** Comments that keep proxies and readers awake. */
const COMMENT_INTERVAL_MS = 5000;
/** Changes of one turn of the event loop; the rest waits for the next. */
const CHANGES_PER_TURN = 256;

/**
 * One watcher. It keeps only its place in the change log and writes while the connection takes bytes, so that a slow
 * reader costs no memory: it skips to the present by a reset when its place is no longer kept.
 */
export class WatchStream {
  private place: number;
  private waitingForDrain = false;
  private scheduled = false;
  private readonly timer: NodeJS.Timeout;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly roster: Roster,
    private readonly kind: ServedKind,
    private readonly response: ServerResponse,
    cursor: string,
    onEnd: () => void,
  ) {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const resumed = this.log.resume(cursor);
    this.place = resumed ?? this.log.newestNumber;
    if (resumed === undefined) this.sendAll();
    else this.send({ type: 'ready' });
    this.unsubscribe = this.log.onAppend(() => this.schedule());
    this.timer = setInterval(() => this.comment(), COMMENT_INTERVAL_MS);
    response.on('drain', () => {
      this.waitingForDrain = false;
      this.schedule();
    });
    response.on('close', () => {
      clearInterval(this.timer);
      this.unsubscribe();
      onEnd();
    });
    this.schedule();
  }

  private get log() {
    return this.roster.changes(this.kind);
  }

  private schedule(): void {
    if (this.scheduled || this.waitingForDrain || this.response.destroyed) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.catchUp();
    });
  }

  private catchUp(): void {
    if (this.response.destroyed) return;
    if (!this.log.isKept(this.place)) {
      this.place = this.log.newestNumber;
      this.sendAll();
    }
    const told = new Set<MemberId>();
    for (let turns = 0; turns < CHANGES_PER_TURN && !this.waitingForDrain; turns++) {
      const change = this.log.after(this.place);
      if (!change) return;
      this.place = change.number;
      if (!told.has(change.id)) this.tell(change.id);
      told.add(change.id);
    }
    this.schedule();
  }

  private tell(id: MemberId): void {
    const member = this.roster.find(this.kind, id);
    this.send(
      member
        ? { type: 'upsert', member: encodeWire(announcedMemberSchema, member) }
        : { type: 'remove', id: id.toString() },
    );
  }

  /** The whole list; its size is bounded by the number of members. */
  private sendAll(): void {
    this.send({ type: 'reset' });
    for (const member of this.roster.list(this.kind)) {
      this.send({ type: 'upsert', member: encodeWire(announcedMemberSchema, member) });
    }
    this.send({ type: 'ready' });
  }

  private send(event: object): void {
    const text = `id: ${this.log.cursorAt(this.place)}\ndata: ${JSON.stringify(event)}\n\n`;
    if (!this.response.write(text)) this.waitingForDrain = true;
  }

  private comment(): void {
    if (!this.waitingForDrain && !this.response.write(':\n\n')) this.waitingForDrain = true;
  }
}
