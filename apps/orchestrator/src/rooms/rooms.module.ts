import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { PlacementModule } from '../placement/placement.module.js';
import { EarlierSessionsModule } from '../sessions/earlier-sessions.module.js';
import { LiveRooms } from './live-rooms.port.js';
import { LiveRoomsService } from './live-rooms.service.js';
import { ReturningClients } from './returning-clients.js';
import { RoomDirectory } from './room-directory.js';
import { RoomEvents } from './room-events.js';
import { RoomSettings } from './room-settings.js';
import { SignallingRooms } from './signalling-rooms.js';
import { StaleSessions } from './stale-sessions.js';
import { Timers } from './timers.js';

/** Live rooms: who is in them, what they publish and receive. Needs the global Clock. */
@Module({
  imports: [AccessModule, EarlierSessionsModule, NodesModule, OwnershipModule, PlacementModule],
  providers: [
    { provide: RoomSettings, useFactory: () => RoomSettings.fromEnvironment(process.env) },
    Timers,
    RoomEvents,
    RoomDirectory,
    StaleSessions,
    ReturningClients,
    SignallingRooms,
    { provide: LiveRooms, useClass: LiveRoomsService },
  ],
  exports: [LiveRooms, RoomEvents, SignallingRooms, Timers],
})
export class RoomsModule {}
