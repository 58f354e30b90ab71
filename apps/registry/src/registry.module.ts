import { MemberDirectory } from '@chroom/protocol';
import { type DynamicModule, Module } from '@nestjs/common';
import { AcceptAnnouncement } from './announcements/accept-announcement.js';
import { AnnouncementsController } from './announcements/announcements.controller.js';
import { DiscoveryController } from './discovery/discovery.controller.js';
import { Watchers } from './discovery/watchers.js';
import { HeartbeatsController } from './heartbeats/heartbeats.controller.js';
import { RegistryMetrics } from './http/registry-metrics.js';
import { MembersController } from './members/members.controller.js';
import { Roster } from './roster/roster.js';

export interface RegistryParts {
  readonly directory: MemberDirectory;
  readonly roster: Roster;
  readonly acceptAnnouncement: AcceptAnnouncement;
  readonly watchers: Watchers;
  readonly metrics: RegistryMetrics;
}

@Module({})
class RegistryModule {}

/** The HTTP face over parts that are made before it (they need the database and the members). */
export function registryModule(parts: RegistryParts): DynamicModule {
  return {
    module: RegistryModule,
    controllers: [AnnouncementsController, HeartbeatsController, DiscoveryController, MembersController],
    providers: [
      { provide: MemberDirectory, useValue: parts.directory },
      { provide: Roster, useValue: parts.roster },
      { provide: AcceptAnnouncement, useValue: parts.acceptAnnouncement },
      { provide: Watchers, useValue: parts.watchers },
      { provide: RegistryMetrics, useValue: parts.metrics },
    ],
  };
}
