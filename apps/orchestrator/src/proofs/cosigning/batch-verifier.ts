import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ChroomError, type ErrorCode } from '@chroom/protocol';
import { packedLeafBytes } from '@chroom/protocol/proofs';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type CancelTimer, Timers } from '../../rooms/timers.js';
import { type BatchTask, type BatchVerdict, judgeBatch } from './batch-task.js';

/** What the thread says of a task. */
export type BatchAnswer =
  | { readonly verdict: BatchVerdict }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } };

/** A batch up to this takes a few milliseconds: less than a thread takes to start. */
export const leavesInPlaceMax = 32;
/** The largest file takes about half a minute. */
const longestTaskMs = 180_000;
/** Large batches come once an epoch; the thread's memory is given back between them. */
const idleMs = 60_000;
const memory = { maxOldGenerationSizeMb: 2_048 };

/**
 * Compares batches with what we have signed, without holding up calls: large ones in a thread of their own, one at a
 * time. Callers wait for one answer before they ask again.
 */
@Injectable()
export class BatchVerifier implements OnApplicationShutdown {
  private readonly log = new Logger('Cosigning');
  private worker: Worker | undefined;
  private cancelIdle: CancelTimer = () => {};

  constructor(private readonly timers: Timers) {}

  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  get hasThread(): boolean {
    return this.worker !== undefined;
  }

  /** @throws ChroomError INVALID_ARGUMENT, PAYLOAD_TOO_LARGE, INTERNAL when the thread ended or took too long */
  async verify(task: BatchTask): Promise<BatchVerdict> {
    if (task.leafFile.length + task.ownLeaves.length <= 2 * leavesInPlaceMax * packedLeafBytes) return judgeBatch(task);
    this.cancelIdle();
    const worker = this.start();
    try {
      const answer = await this.ask(worker, task);
      if ('failure' in answer) throw new ChroomError(answer.failure.code, answer.failure.message);
      return answer.verdict;
    } finally {
      this.cancelIdle = this.timers.after(idleMs, () => void this.stop());
    }
  }

  private ask(worker: Worker, task: BatchTask): Promise<BatchAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        finish();
        void this.stop(worker);
        reject(new ChroomError('INTERNAL', `the batch was not verified: ${reason}`));
      };
      const cancel = this.timers.after(longestTaskMs, () => fail(`not done within ${longestTaskMs / 1000} s`));
      const taken = (answer: BatchAnswer) => {
        finish();
        resolve(answer);
      };
      const failed = (error: Error) => fail(String(error.message));
      const ended = (code: number) => fail(`its thread ended with ${code}`);
      const finish = () => {
        cancel();
        worker.off('message', taken).off('error', failed).off('exit', ended);
      };
      worker.on('message', taken).on('error', failed).on('exit', ended);
      worker.postMessage(task);
    });
  }

  private start(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(threadProgram(), { resourceLimits: memory });
    worker.on('error', (error) => this.log.error({ message: 'the thread for batches failed', reason: String(error) }));
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private async stop(worker = this.worker): Promise<void> {
    this.cancelIdle();
    if (this.worker === worker) this.worker = undefined;
    await worker?.terminate();
  }
}

/** Beside the bundled program that this is a part of; sources and their compiled form use the one that was built. */
function threadProgram(): URL {
  const beside = new URL('./verify-batch.mjs', import.meta.url);
  return existsSync(beside) ? beside : new URL('../../../build/verify-batch.mjs', import.meta.url);
}
