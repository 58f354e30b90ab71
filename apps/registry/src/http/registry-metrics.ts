import { ChroomError } from '@chroom/protocol';
import { Counter, Gauge, type Registry } from '@chroom/telemetry';
import type { Watchers } from '../discovery/watchers.js';
import type { Roster } from '../roster/roster.js';
import type { AnnouncementStore } from '../storage/announcement-store.js';

/** What operators watch: members by state, what was accepted and refused, and whether the database keeps up. */
export class RegistryMetrics {
  private readonly announcements: Counter;
  private readonly heartbeats: Counter;

  constructor(registry: Registry, roster: Roster, watchers: Watchers, store: AnnouncementStore) {
    const registers = [registry];
    const labelNames = ['result'];
    this.announcements = new Counter({
      name: 'chroom_registry_announcements_total',
      help: 'Announcements by result code',
      labelNames,
      registers,
    });
    this.heartbeats = new Counter({
      name: 'chroom_registry_heartbeats_total',
      help: 'Heartbeats by result code',
      labelNames,
      registers,
    });
    new Gauge({
      name: 'chroom_registry_members',
      help: 'Announced members by kind and state',
      labelNames: ['kind', 'state'],
      registers,
      collect() {
        this.reset();
        for (const kind of ['node', 'orchestrator'] as const) {
          for (const member of roster.list(kind)) this.inc({ kind, state: member.state });
        }
      },
    });
    new Gauge({
      name: 'chroom_registry_watchers',
      help: 'Open watch streams',
      registers,
      collect() {
        this.set(watchers.count);
      },
    });
    new Gauge({
      name: 'chroom_registry_unstored_announcements',
      help: 'Announcements that wait for the database',
      registers,
      collect() {
        this.set(store.waiting);
      },
    });
  }

  async countAnnouncement<T>(accept: () => Promise<T>): Promise<T> {
    try {
      const accepted = await accept();
      this.announcements.inc({ result: 'OK' });
      return accepted;
    } catch (error) {
      this.announcements.inc({ result: codeOf(error) });
      throw error;
    }
  }

  countHeartbeat<T>(accept: () => T): T {
    try {
      const accepted = accept();
      this.heartbeats.inc({ result: 'OK' });
      return accepted;
    } catch (error) {
      this.heartbeats.inc({ result: codeOf(error) });
      throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof ChroomError ? error.code : 'INTERNAL';
}
