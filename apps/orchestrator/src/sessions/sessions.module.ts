import { Module } from '@nestjs/common';
import { RoomsModule } from '../rooms/rooms.module.js';
import { SessionRecorder } from './session-recorder.js';

/** The record of who used which node, for how long and how much. */
@Module({ imports: [RoomsModule], providers: [SessionRecorder] })
export class SessionsModule {}
