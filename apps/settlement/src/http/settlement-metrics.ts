import type { LeafDelivery } from '@chroom/protocol/proofs';
import { Counter, Gauge, type Registry } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';

/** What operators watch: receipts in, batches by stage, transactions by state; rows that are dead need a person. */
export class SettlementMetrics {
  private readonly receipts: Counter;

  constructor(registry: Registry, database: DataSource) {
    const registers = [registry];
    this.receipts = new Counter({
      name: 'chroom_settlement_receipts_total',
      help: 'Delivered receipts by result',
      labelNames: ['result'],
      registers,
    });
    countRows('batches', 'batch', 'stage');
    countRows('outbox', 'outbox', 'state');

    function countRows(name: string, table: string, column: string): void {
      new Gauge({
        name: `chroom_settlement_${name}`,
        help: `Rows by ${column}`,
        labelNames: [column],
        registers,
        async collect() {
          const rows: { name: string; count: string }[] = await database
            .query(`SELECT ${column} AS name, count(*) AS count FROM ${table} GROUP BY ${column}`)
            .catch(() => []);
          this.reset();
          for (const row of rows) this.set({ [column]: row.name }, Number(row.count));
        },
      });
    }
  }

  countDelivery({ kept, known, refused }: LeafDelivery): void {
    this.receipts.inc({ result: 'kept' }, kept);
    this.receipts.inc({ result: 'known' }, known);
    for (const { code } of refused) this.receipts.inc({ result: code });
  }
}
