import { Module } from '@nestjs/common';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { OwnerIdentity } from './owner-identity.js';
import { PostgresRoomOwnership } from './postgres-room-ownership.js';
import { RoomOwnership } from './room-ownership.port.js';

/** Which orchestrator acts for which room. */
@Module({
  providers: [
    {
      provide: OwnerIdentity,
      inject: [OrchestratorSettings],
      useFactory: (settings: OrchestratorSettings) => new OwnerIdentity(settings.memberId),
    },
    { provide: RoomOwnership, useClass: PostgresRoomOwnership },
  ],
  exports: [RoomOwnership],
})
export class OwnershipModule {}
