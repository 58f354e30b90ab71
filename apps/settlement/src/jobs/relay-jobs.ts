import { epochAt, epochEndSec } from '@chroom/protocol/proofs';
import type { JobQueues } from '@chroom/queues';
import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import type { Address, Hex } from 'viem';
import { isChainAway, type SettlementChain } from '../chain/settlement-chain.js';
import { deleteOldFiles } from '../storage/leaf-file-store.js';
import { countOnTheWay, readyKeys } from '../storage/outbox-store.js';
import { type BatchName, unsealedUpTo } from '../storage/receipt-store.js';
import { cosignJob, sealJob, settleJob, submitJob, trackJob } from './job-table.js';
import type { LateReceipts } from './late-receipts.js';

export interface RelayParts {
  readonly database: DataSource;
  readonly chain: SettlementChain;
  readonly queues: JobQueues;
  readonly sender: Address;
  readonly nodeIds: readonly bigint[];
  readonly lateReceipts: LateReceipts;
  /** Between the end of an epoch and its seal, for what is signed at the end. */
  readonly sealDelaySec: number;
  readonly tickMs: number;
  readonly nowSec: () => number;
  readonly logger: Logger;
}

const mostPerTick = 500;
const daySec = 86_400;
const cleanEverySec = 600;

/**
 * Redis may lose everything: each tick looks into the database for what is due and queues it. A job that waits or runs
 * is not queued twice, and every handler is idempotent.
 */
export class RelayJobs {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private lastCleanedSec = 0;

  constructor(private readonly parts: RelayParts) {}

  start(): void {
    this.timer = setInterval(() => void this.tick(), this.parts.tickMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Never rejects: the next tick does what this one could not. */
  tick(): Promise<void> {
    this.running ??= this.relay()
      .catch((error: unknown) => {
        this.parts.logger.debug('a relay tick failed', { error });
      })
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async relay(): Promise<void> {
    // Without database and chain no receipt is taken either. Without Redis they are: it only delays the work on them.
    const due = await this.findDue().catch((error: unknown) => {
      this.parts.lateReceipts.noteGap();
      throw error;
    });
    for (const queue of due) await queue();
  }

  /** What is to be queued now, in this order. */
  private async findDue(): Promise<(() => Promise<void>)[]> {
    const { database, queues, sender, nodeIds, nowSec } = this.parts;
    await this.clean();
    const unsealed = await this.toSeal();
    const sealed = await database.query<{ key: Hex }[]>(
      "SELECT key FROM batch WHERE stage = 'sealed' AND next_try_at <= now() ORDER BY epoch LIMIT $1",
      [mostPerTick],
    );
    const ready = await readyKeys(database, mostPerTick);
    const isTracked = (await countOnTheWay(database)) > 0;
    const day = Math.floor(nowSec() / daySec);
    return [
      ...unsealed.map(({ nodeId, orchId, epoch }) => () => {
        return queues.add(sealJob, { nodeId: nodeId.toString(), orchId: orchId.toString(), epoch });
      }),
      ...sealed.map(
        ({ key }) =>
          () =>
            queues.add(cosignJob, { key }),
      ),
      ...ready.map((key) => () => queues.add(submitJob, { key })),
      ...(isTracked ? [() => queues.add(trackJob, { sender })] : []),
      ...nodeIds.map((nodeId) => () => queues.add(settleJob, { nodeId: nodeId.toString(), day })),
    ];
  }

  /** Of the epochs that ended long enough ago, those for which no receipt is on its way any more. */
  private async toSeal(): Promise<BatchName[]> {
    const { database, chain, nowSec, sealDelaySec } = this.parts;
    const closed = epochAt(chain.facts.clock, nowSec() - sealDelaySec) - 1;
    const names = await unsealedUpTo(database, closed, mostPerTick);
    if (names.length === 0) return [];
    try {
      // Orchestrators without the chain have signed nothing: when it comes back, what they deliver is awaited too.
      await chain.head();
      const awaited = await Promise.all(names.map(({ epoch }) => this.isAwaited(epoch)));
      return names.filter((_, index) => !awaited[index]);
    } catch (error) {
      if (!isChainAway(error)) throw error;
      this.parts.lateReceipts.noteGap();
      return [];
    }
  }

  /** A chain that comes and goes must not make us miss the submission: half of its time is left for that. */
  private async isAwaited(epoch: number): Promise<boolean> {
    const { submitWindowSec } = await this.parts.chain.rulesAt(epoch);
    return this.parts.lateReceipts.areAwaited(epochEndSec(this.parts.chain.facts.clock, epoch) + submitWindowSec / 2);
  }

  private async clean(): Promise<void> {
    if (this.parts.nowSec() - this.lastCleanedSec < cleanEverySec) return;
    this.lastCleanedSec = this.parts.nowSec();
    const files = await deleteOldFiles(this.parts.database);
    if (files > 0) this.parts.logger.info('leaf files deleted a day after their settlement', { files });
  }
}
