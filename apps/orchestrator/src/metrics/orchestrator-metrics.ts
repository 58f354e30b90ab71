import { Counter, Gauge, type Registry } from '@chroom/telemetry';
import type { NodeDiscovery } from '../nodes/node-discovery.js';
import type { RoomLeases } from '../placement/room-leases.js';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SessionRecorder } from '../sessions/session-recorder.js';
import type { WebhookOutbox } from '../webhooks/webhook-outbox.js';

export interface MeasuredParts {
  readonly discovery: NodeDiscovery;
  readonly leases: RoomLeases;
  readonly events: RoomEvents;
  readonly sessions: SessionRecorder;
  readonly outbox: WebhookOutbox;
}

/** What operators watch. Read when Prometheus asks; only room events are counted as they happen. */
export function measure(registry: Registry, parts: MeasuredParts): void {
  const { discovery, leases, events, sessions, outbox } = parts;
  const registers = [registry];
  new Gauge({
    name: 'chroom_orchestrator_nodes',
    help: 'Announced media nodes by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const node of discovery.list()) this.inc({ state: node.state });
    },
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `chroom_orchestrator_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('room_leases', 'Capacity leases held on media nodes', () => leases.count);
  gauge('sessions', 'Participants that are present', () => sessions.openCount);
  gauge('unstored_webhooks', 'Webhook events that wait for the database', () => outbox.waitingCount);
  const happened = new Counter({
    name: 'chroom_orchestrator_room_events_total',
    help: 'Room events by name, as webhooks report them',
    labelNames: ['event'],
    registers,
  });
  events.subscribe((event) => happened.inc({ event: event.name }));
}
