import { create } from '@bufbuild/protobuf';
import type { MediaEngine } from '@chroom/engine';
import { control } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';
import type { NodeRooms } from './node-rooms.js';
import type { SessionEntry } from './session-book.js';

/** Ends sessions that nobody has claimed for 60 s. Call it every second; a sweep that still runs is not repeated. */
export class UnclaimedSweep {
  private running: Promise<void> | undefined;

  constructor(
    private readonly rooms: NodeRooms,
    private readonly engine: MediaEngine,
    private readonly logger: Logger,
  ) {}

  run(): Promise<void> {
    this.running ??= this.sweep().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async sweep(): Promise<void> {
    for (const entry of this.rooms.sessions.unclaimed()) await this.end(entry);
  }

  private async end({ room, session }: SessionEntry): Promise<void> {
    try {
      await this.engine.closeSession({ fence: { room }, session });
    } catch (error) {
      this.logger.warn('an unclaimed session was gone already', { room, session, error });
    }
    this.rooms.sessions.remove(room, session);
    const kind = { case: 'sessionEnded' as const, value: create(control.SessionEndedSchema, { reason: 'unclaimed' }) };
    this.rooms.events.append([create(control.EventSchema, { room, session, kind })]);
    this.logger.info('ended a session that nobody claimed', { room, session });
  }
}
