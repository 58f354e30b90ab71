import { parentPort } from 'node:worker_threads';
import { ChroomError } from '@chroom/protocol';
import { type BatchTask, judgeBatch } from './batch-task.js';
import type { BatchAnswer } from './batch-verifier.js';

/** The thread of `BatchVerifier`: one task after the other, one answer to each. */
parentPort!.on('message', (task: BatchTask) => parentPort!.postMessage(answerTo(task)));

function answerTo(task: BatchTask): BatchAnswer {
  try {
    return { verdict: judgeBatch(task) };
  } catch (error) {
    const code = error instanceof ChroomError ? error.code : 'INTERNAL';
    return { failure: { code, message: String((error as Error).message) } };
  }
}
