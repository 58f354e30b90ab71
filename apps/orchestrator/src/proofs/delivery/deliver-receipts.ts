import { backoffMs, type control, fromRpcError } from '@chroom/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { MediaNodes } from '../../nodes/media-nodes.port.js';
import { type CancelTimer, Timers } from '../../rooms/timers.js';
import { ProofSettings } from '../proof-settings.js';
import { type Delivered, ReceiptOutbox, type WaitingReceipt } from './receipt-outbox.js';

/** The bound of the control API. */
export const leavesPerCall = 500;
const callsPerRun = 20;
const nodesPerRun = 256;
const lookEveryMs = 5_000;
const callDeadlineMs = 10_000;
const firstRetryMs = 500;
/** An epoch is sealed minutes after its end; a day later nobody can want its receipts. */
const giveUpAfterMs = 24 * 3_600_000;
const giveUpEveryMs = 600_000;

interface NodeTurn {
  failures: number;
  notBeforeMs: number;
}

/**
 * Hands signed receipts to the nodes they are for, which forward them to their operators, until each is acknowledged.
 * PostgreSQL is the truth and looked at every 5 s; a wake only saves time.
 */
@Injectable()
export class DeliverReceipts implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Receipts');
  private readonly turns = new Map<bigint, NodeTurn>();
  private cancel: CancelTimer = () => {};
  private running: Promise<void> | undefined;
  private isWanted = false;
  private nextGiveUpMs = 0;
  private isStopped = false;
  readonly counts = new Map<string, number>();

  constructor(
    private readonly outbox: ReceiptOutbox,
    private readonly nodes: MediaNodes,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly settings: ProofSettings,
  ) {}

  onModuleInit(): void {
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.cancel();
    await this.running;
    this.isStopped = true;
  }

  /** Something is stored that cannot wait for the next look. */
  wake(): void {
    void this.run();
  }

  /** Delivers what is due. Never throws. While it runs, another call makes it look once more. */
  run(): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    this.isWanted = true;
    this.running ??= this.runWanted().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private schedule(): void {
    this.cancel = this.timers.after(lookEveryMs, () => {
      this.wake();
      this.schedule();
    });
  }

  private async runWanted(): Promise<void> {
    while (this.isWanted) {
      this.isWanted = false;
      try {
        await this.giveUpOld();
        const nodes = await this.outbox.waitingNodes(nodesPerRun);
        const waiting = new Set(nodes);
        for (const nodeId of this.turns.keys()) if (!waiting.has(nodeId)) this.turns.delete(nodeId);
        await Promise.all(nodes.map((nodeId) => this.deliverTo(nodeId)));
      } catch (error) {
        this.log.debug({ message: 'receipts wait for the database', reason: String(error) });
      }
    }
  }

  private async deliverTo(nodeId: bigint): Promise<void> {
    const turn = this.turns.get(nodeId) ?? { failures: 0, notBeforeMs: 0 };
    this.turns.set(nodeId, turn);
    if (this.clock.nowMs() < turn.notBeforeMs) return;
    try {
      for (let call = 0; call < callsPerRun; call += 1) {
        const waiting = await this.outbox.waiting(nodeId, leavesPerCall);
        if (waiting.length > 0) await this.outbox.settle(await this.deliver(nodeId, waiting));
        if (waiting.length < leavesPerCall) break;
      }
      turn.failures = 0;
    } catch (error) {
      const retry = { firstMs: firstRetryMs, longestMs: this.settings.receiptRetryMaxMs };
      turn.notBeforeMs = this.clock.nowMs() + backoffMs(retry, turn.failures, Math.random);
      turn.failures += 1;
      const reason = (fromRpcError(error) ?? error) as Error;
      this.count('failed');
      if (turn.failures === 1)
        this.log.warn({ message: 'receipts not delivered', nodeId: `${nodeId}`, reason: `${reason}` });
    }
  }

  private async deliver(nodeId: bigint, receipts: readonly WaitingReceipt[]): Promise<Delivered[]> {
    const node = await this.nodes.get(nodeId);
    const leaves = new Uint8Array(Buffer.concat(receipts.map(({ leaf }) => leaf)));
    const answer = await node.control.deliverReceipts({ leaves }, { timeoutMs: callDeadlineMs });
    const delivered = judge(receipts, answer);
    for (const { state, code } of delivered) this.count(state === 'refused' ? `refused ${code}` : state);
    return delivered;
  }

  private async giveUpOld(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.nextGiveUpMs) return;
    this.nextGiveUpMs = nowMs + giveUpEveryMs;
    const count = await this.outbox.giveUp(giveUpAfterMs, nowMs);
    if (count > 0) this.log.warn({ message: 'receipts given up: no node took them in a day', count });
  }

  private count(outcome: string): void {
    // Names of faults come from outside: a few dozen at most are told apart.
    const name = this.counts.has(outcome) || this.counts.size < 64 ? outcome : 'refused';
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

const longestMessage = 1_000;
const longestCode = 64;

/** What is not named as refused was kept, or known already. */
function judge(receipts: readonly WaitingReceipt[], answer: control.DeliverReceiptsResponse): Delivered[] {
  if (answer.notWanted) return receipts.map((receipt) => ({ receipt, state: 'unwanted' }));
  const refusals = new Map(answer.refused.map((refusal) => [refusal.index, refusal]));
  return receipts.map((receipt, index) => {
    const refusal = refusals.get(index);
    if (!refusal) return { receipt, state: 'kept' };
    const code = refusal.code.slice(0, longestCode);
    return { receipt, state: 'refused', code, message: refusal.message.slice(0, longestMessage) };
  });
}
