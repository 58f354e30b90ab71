import type { MediaEngine } from '@chroom/engine';
import { Counter, Gauge, type Registry } from '@chroom/telemetry';
import type { RequiredFund } from '../funds/required-fund.js';
import type { ForwardReceipts } from '../receipts/forward-receipts.js';
import type { NodeRooms } from '../rooms/node-rooms.js';

/** The engine's counters, drop reasons among them, and what the node has promised, for Prometheus. */
export class NodeMetrics {
  private readonly calls: Counter;
  private readonly refused: Counter;

  constructor(
    private readonly registry: Registry,
    engine: MediaEngine,
    rooms: NodeRooms,
  ) {
    const registers = [registry];
    this.calls = new Counter({
      name: 'chroom_node_control_calls_total',
      help: 'Calls of the control API by method and result code',
      labelNames: ['method', 'code'],
      registers,
    });
    this.refused = new Counter({
      name: 'chroom_node_control_refused_total',
      help: 'Peers whose TLS key is not announced',
      registers,
    });
    new Counter({
      name: 'chroom_engine_total',
      help: 'Counters of the media engine, summed over workers; drop reasons among them',
      labelNames: ['counter'],
      registers,
      collect() {
        this.reset();
        for (const [counter, value] of Object.entries(engine.counters())) this.inc({ counter }, Number(value));
      },
    });
    const gauge = (name: string, help: string, value: () => number | bigint) =>
      new Gauge({
        name: `chroom_node_${name}`,
        help,
        registers,
        collect() {
          this.set(Number(value()));
        },
      });
    gauge('sessions', 'Sessions of the engine', () => engine.load().sessions);
    gauge('cpu_permille', 'Busiest worker', () => engine.load().cpuPermille);
    gauge('egress_bps', 'Measured egress', () => engine.load().egressBps);
    gauge('leased_egress_bps', 'Sum of live leases', () => rooms.leases.sum().egressBps);
    gauge('leased_sessions', 'Sum of live leases', () => rooms.leases.sum().sessions);
    gauge('capacity_egress_bps', 'What may be leased', () => rooms.capacity().egressBps);
    gauge('event_watchers', 'Open event streams', () => rooms.watchers.size);
  }

  /** Signed receipts by what became of them; `unwanted` where no settlement is set. */
  measureReceipts(receipts: ForwardReceipts): void {
    new Counter({
      name: 'chroom_node_receipts_total',
      help: 'Receipts of orchestrators by what settlement answered; failed counts deliveries',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(receipts.counts)) this.inc({ outcome }, count);
      },
    });
  }

  /** New sessions by what is known of the fund behind them; `unread`: let in by an old reading or by none. */
  measureFunds({ counts }: RequiredFund): void {
    new Counter({
      name: 'chroom_node_funds_total',
      help: 'New sessions by the fund of their orchestrator: enough, small, unread (let in), closed; failed counts readings',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count);
      },
    });
  }

  countCall(method: string, code: string): void {
    this.calls.inc({ method, code });
  }

  countRefused(): void {
    this.refused.inc();
  }
}
