import type { Hex } from '@chroom/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../clock/clock.js';
import { type CancelTimer, Timers } from '../../rooms/timers.js';
import { ProofNetwork } from '../network/proof-network.port.js';

const everyMs = 600_000;
const dayMs = 24 * 3_600_000;
/** Batches whose state is asked of the chain in one run, those that were asked longest ago first. */
const asksPerRun = 100;
/** A batch that nobody asked us to sign, or that never came on chain: all its windows are long over. */
const unsettledForMs = 30 * dayMs;
/** Watchers may ask for the file until a day after the settlement. */
const afterSettlementMs = dayMs;
/** Grants with their receipts stay for questions of operators and customers. */
const grantsForMs = 90 * dayMs;

/** Deletes what nobody may ask for any more. */
@Injectable()
export class ForgetProofs implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Receipts');
  private cancel: CancelTimer = () => {};
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: DataSource,
    private readonly network: ProofNetwork,
    private readonly clock: Clock,
    private readonly timers: Timers,
  ) {}

  onModuleInit(): void {
    this.cancel = this.timers.after(everyMs, () => {
      void this.run();
      this.onModuleInit();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.cancel();
    await this.running;
  }

  /** Never throws: the next run does what this one could not. */
  run(): Promise<void> {
    this.running = this.running
      .then(() => this.forget())
      .catch((error: unknown) => this.log.debug({ message: 'old proofs are not deleted yet', reason: String(error) }));
    return this.running;
  }

  private async forget(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const at = (agoMs: number) => new Date(nowMs - agoMs);
    await this.database.query('DELETE FROM leaf_files WHERE delete_after < $1 OR received_at < $2', [
      at(0),
      at(unsettledForMs),
    ]);
    await this.database.query('DELETE FROM cosigned_batches WHERE signed_at < $1', [at(grantsForMs)]);
    await this.database.query('DELETE FROM cosign_refusals WHERE last_at < $1', [at(grantsForMs)]);
    await this.database.query('DELETE FROM grants WHERE ended_at < $1', [at(grantsForMs)]);
    await this.noteSettled(nowMs);
  }

  private async noteSettled(nowMs: number): Promise<void> {
    const rows: { batch_key: Hex; leaf_file: Hex }[] = await this.database.query(
      `SELECT batch_key, leaf_file FROM cosigned_batches WHERE settled_at IS NULL AND signed_at > $1
       ORDER BY asked_at NULLS FIRST LIMIT $2`,
      [new Date(nowMs - unsettledForMs), asksPerRun],
    );
    for (const row of rows) {
      const state = await this.network.batchState(row.batch_key);
      const isOver = state === 'settled' || state === 'rejected';
      await this.database.query('UPDATE cosigned_batches SET asked_at = $2, settled_at = $3 WHERE batch_key = $1', [
        row.batch_key,
        new Date(nowMs),
        isOver ? new Date(nowMs) : null,
      ]);
      if (!isOver) continue;
      await this.database.query('UPDATE leaf_files SET delete_after = $2 WHERE hash = $1', [
        row.leaf_file,
        new Date(nowMs + afterSettlementMs),
      ]);
    }
  }
}
