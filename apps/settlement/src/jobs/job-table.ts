import { bytes32 } from '@chroom/protocol';
import type { JobDefinition } from '@chroom/queues';
import type { Hex } from 'viem';
import { z } from 'zod';

/** Numbers of 64 bits cross Redis as decimal texts. */
const id = z.string().regex(/^[0-9]{1,20}$/);

export interface SealJob {
  readonly nodeId: string;
  readonly orchId: string;
  readonly epoch: number;
}

/** Postgres holds the truth and the relay asks again, so a failed job is tried a few times and then forgotten. */
const retry = { attempts: 3, firstMs: 1_000, longestMs: 60_000 };

export const sealJob: JobDefinition<SealJob> = {
  name: 'epoch.seal',
  idOf: ({ nodeId, orchId, epoch }) => `seal-${nodeId}-${orchId}-${epoch}`,
  parse: (data) => z.object({ nodeId: id, orchId: id, epoch: z.number().int().min(0) }).parse(data),
  concurrency: 1,
  retry,
};

export const cosignJob: JobDefinition<{ readonly key: Hex }> = {
  name: 'batch.cosign',
  idOf: ({ key }) => `cosign-${key}`,
  parse: (data) => z.object({ key: bytes32 }).parse(data),
  concurrency: 4,
  retry,
};

/** One at a time: it takes nonces in order. */
export const submitJob: JobDefinition<{ readonly key: string }> = {
  name: 'chain.submit',
  idOf: ({ key }) => `submit-${key}`,
  parse: (data) => z.object({ key: z.string().max(200) }).parse(data),
  concurrency: 1,
  retry,
};

export const trackJob: JobDefinition<{ readonly sender: string }> = {
  name: 'chain.track',
  idOf: ({ sender }) => `track-${sender}`,
  parse: (data) => z.object({ sender: z.string().max(64) }).parse(data),
  concurrency: 1,
  retry,
};

export const settleJob: JobDefinition<{ readonly nodeId: string; readonly day: number }> = {
  name: 'chain.settle',
  idOf: ({ nodeId, day }) => `settle-${nodeId}-${day}`,
  parse: (data) => z.object({ nodeId: id, day: z.number().int().min(0) }).parse(data),
  concurrency: 1,
  retry,
};

export const jobTable = [sealJob, cosignJob, submitJob, trackJob, settleJob];
