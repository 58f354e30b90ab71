import { Module } from '@nestjs/common';
import { EarlierSessions } from '../rooms/earlier-sessions.port.js';
import { RecordedSessions } from './recorded-sessions.js';

/** What the rooms ask of the record of sessions. */
@Module({ providers: [{ provide: EarlierSessions, useClass: RecordedSessions }], exports: [EarlierSessions] })
export class EarlierSessionsModule {}
