import { isDatabaseOutage } from '@chroom/database';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AllocationRecord } from './allocation.entity.js';

const kMostPending = 1_000;
const kRetryEveryMs = 1_000;

/**
 * Stores allocations. While the database is down they wait in memory (bounded), so that a room can still move away from
 * a lost node; they are written when it is back.
 */
@Injectable()
export class AllocationJournal implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('AllocationJournal');
  private readonly pending: (() => Promise<unknown>)[] = [];
  private draining: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: DataSource) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), kRetryEveryMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Also ends the allocations that a crash left open: a room lives in one place at a time. */
  async recordAllocated(record: AllocationRecord): Promise<void> {
    await this.write(() =>
      this.database.transaction(async (transaction) => {
        const { projectId, roomName, createdAt } = record;
        const rows = transaction.getRepository(AllocationRecord);
        await rows.update({ projectId, roomName, releasedAt: IsNull() }, { releasedAt: createdAt });
        await rows.insert(record as never);
      }),
    );
  }

  async recordReleased(id: string, releasedAt: Date): Promise<void> {
    await this.write(() => this.database.getRepository(AllocationRecord).update({ id }, { releasedAt }));
  }

  /** Writes what waits, in order. Never throws. */
  flush(): Promise<void> {
    this.draining = this.draining.then(() => this.drain());
    return this.draining;
  }

  private async write(statement: () => Promise<unknown>): Promise<void> {
    if (this.pending.length >= kMostPending) {
      this.pending.shift();
      this.log.error({ message: 'an allocation record is lost: the database is down for too long', kMostPending });
    }
    this.pending.push(statement);
    await this.flush();
  }

  private async drain(): Promise<void> {
    while (this.pending[0] !== undefined) {
      try {
        await this.pending[0]();
      } catch (error) {
        if (isDatabaseOutage(error)) return;
        this.log.error({ message: 'allocation record refused by the database', reason: String(error) });
      }
      this.pending.shift();
    }
  }
}
