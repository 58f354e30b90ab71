import { Counter, Gauge, type Registry } from '@chroom/telemetry';
import type { NodeDiscovery } from '../nodes/node-discovery.js';
import type { RoomLeases } from '../placement/room-leases.js';
import type { CosignBatch } from '../proofs/cosigning/cosign-batch.js';
import type { DeliverReceipts } from '../proofs/delivery/deliver-receipts.js';
import type { RecordKeeper } from '../proofs/record/record-keeper.js';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SessionRecorder } from '../sessions/session-recorder.js';
import type { WebhookOutbox } from '../webhooks/webhook-outbox.js';

export interface MeasuredParts {
  readonly discovery: NodeDiscovery;
  readonly leases: RoomLeases;
  readonly events: RoomEvents;
  readonly sessions: SessionRecorder;
  readonly outbox: WebhookOutbox;
  readonly records: RecordKeeper;
  readonly delivery: DeliverReceipts;
  readonly cosigning: CosignBatch;
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
  gauge('witnessed_sessions', 'Sessions that receipts are signed for', () => parts.records.count);
  gauge(
    'ungranted_sessions',
    'Sessions since the start that are served without a grant',
    () => parts.records.ungranted,
  );
  const counter = (name: string, help: string, read: () => Iterable<readonly [string, number]>) =>
    new Counter({
      name: `chroom_orchestrator_${name}`,
      help,
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        for (const [outcome, count] of read()) this.inc({ outcome }, count);
      },
    });
  counter(
    'receipts_total',
    'Receipts by what their operator answered; failed counts deliveries',
    () => parts.delivery.counts,
  );
  counter('cosigned_batches_total', 'Batches that were signed or refused', () =>
    Object.entries(parts.cosigning.counts),
  );
  const happened = new Counter({
    name: 'chroom_orchestrator_room_events_total',
    help: 'Room events by name, as webhooks report them',
    labelNames: ['event'],
    registers,
  });
  events.subscribe((event) => happened.inc({ event: event.name }));
}
