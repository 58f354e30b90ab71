import { ChroomError } from '@chroom/protocol';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { connectionTarget } from './connection-target.js';
import { FinalJobError, type JobDefinition, type JobHandler, retryDelayMs } from './job-definition.js';

export interface JobQueuesOptions {
  /** redis://, rediss:// or unix:// */
  readonly url: string;
  /** The environment variable that `url` came from; errors name it. */
  readonly urlVariable: string;
  /** Before every key, so that several applications may use one Redis. */
  readonly prefix: string;
  /** Told once when Redis goes away and once when it is back. */
  readonly onConnection?: (isUp: boolean, reason: string) => void;
  /** Told about every failed run; `final` when it is not tried again. */
  readonly onFailure?: (failure: JobFailure) => void;
}

export interface JobFailure {
  readonly job: string;
  readonly id: string;
  readonly attempt: number;
  readonly final: boolean;
  readonly error: Error;
}

const kConnectTimeoutMs = 3_000;
const kLongestReconnectDelayMs = 2_000;
/** A job whose process died is run by another after this time. */
const kJobLockMs = 30_000;
// biome-ignore lint/suspicious/noExplicitAny: definitions of different payloads live in one table
type AnyDefinition = JobDefinition<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnyHandler = JobHandler<any>;

/**
 * The job queues of one process on Redis. Redis only wakes workers: whoever adds a job keeps the truth elsewhere and
 * adds it again when Redis lost it.
 */
export class JobQueues {
  private readonly queues = new Map<AnyDefinition, Queue>();
  private workers: Worker[] = [];
  private isUp = true;

  private constructor(
    private readonly options: JobQueuesOptions,
    private readonly connection: Redis,
    jobs: readonly AnyDefinition[],
  ) {
    connection.on('error', (error) => this.noteConnection(false, error.message));
    connection.on('close', () => this.noteConnection(false, 'connection closed'));
    connection.on('ready', () => this.noteConnection(true, 'connected'));
    for (const job of jobs) this.queues.set(job, this.openQueue(job));
  }

  /**
   * @throws ChroomError that names the variable: QUEUE_UNAVAILABLE when Redis does not answer now, SETTING_INVALID when it
   *   throws keys away where it is full
   */
  static async open(options: JobQueuesOptions, jobs: readonly AnyDefinition[]): Promise<JobQueues> {
    refuseDoubles(jobs.map((job) => job.name));
    let opened = false;
    const connection = new Redis(connectionTarget(options.url), {
      ...kConnection,
      retryStrategy: (attempt) => (opened ? kConnection.retryStrategy(attempt) : null),
      lazyConnect: true,
      // Adding a job while Redis is down fails at once, also when it goes down before it has answered; the caller
      // repeats it later.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
    let lastError: Error | undefined;
    const note = (error: Error) => {
      lastError = error;
    };
    connection.on('error', note);
    try {
      await connection.connect();
      await connection.ping();
    } catch (error) {
      connection.disconnect();
      throw queueUnavailable(options.urlVariable, lastError ?? error);
    }
    await refuseEviction(connection, options.urlVariable).catch((error: unknown) => {
      connection.disconnect();
      throw error instanceof ChroomError ? error : queueUnavailable(options.urlVariable, error);
    });
    connection.off('error', note);
    opened = true;
    const queues = new JobQueues(options, connection, jobs);
    try {
      // A queue that Redis left before it was ready would never become so.
      await Promise.all([...queues.queues.values()].map((queue) => queue.waitUntilReady()));
    } catch (error) {
      await queues.close();
      throw queueUnavailable(options.urlVariable, error);
    }
    return queues;
  }

  get isConnected(): boolean {
    return this.isUp;
  }

  /** @throws ChroomError QUEUE_UNAVAILABLE. */
  async add<Payload>(job: JobDefinition<Payload>, payload: Payload): Promise<void> {
    const queue = this.queues.get(job);
    if (queue === undefined) throw new Error(`job ${job.name} is not in the table of these queues`);
    const jobId = job.idOf(payload);
    if (/:|^\d+$/.test(jobId)) throw new Error(`id "${jobId}" of job ${job.name} has a colon or is a number`);
    try {
      await queue.add(job.name, payload, {
        jobId,
        attempts: job.retry.attempts,
        backoff: { type: 'custom' },
        removeOnComplete: true,
        removeOnFail: true,
      });
    } catch (error) {
      throw queueUnavailable(this.options.urlVariable, error);
    }
  }

  /** Starts working. @throws when a job of the table has no handler or two. */
  work(handlers: readonly AnyHandler[]): void {
    refuseDoubles(handlers.map((handler) => handler.job.name));
    for (const job of this.queues.keys()) {
      if (!handlers.some((handler) => handler.job === job)) throw new Error(`job ${job.name} has no handler`);
    }
    this.workers = handlers.map((handler) => this.startWorker(handler));
  }

  /**
   * Drops every job, also those that a process ran when it was killed: they would hold their ids until BullMQ calls
   * them stalled, half a minute later. Only for an owner that works alone and adds again what is still to do; before
   * `work`. @throws ChroomError QUEUE_UNAVAILABLE.
   */
  async forgetAll(): Promise<void> {
    try {
      for (const queue of this.queues.values()) await queue.obliterate({ force: true });
    } catch (error) {
      throw queueUnavailable(this.options.urlVariable, error);
    }
  }

  /** Lets running jobs end (BullMQ waits for them), then disconnects. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close(!this.isUp)));
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    this.connection.removeAllListeners();
    this.connection.on('error', () => undefined);
    this.connection.disconnect();
  }

  private openQueue(job: AnyDefinition): Queue {
    const queue = new Queue(job.name, { connection: this.connection, prefix: this.options.prefix });
    queue.on('error', () => undefined); // the connection reports it
    return queue;
  }

  private startWorker(handler: AnyHandler): Worker {
    const { job } = handler;
    const worker = new Worker(job.name, (queued) => run(handler, queued.data), {
      connection: connectionOptions(this.options.url),
      prefix: this.options.prefix,
      concurrency: job.concurrency,
      lockDuration: kJobLockMs,
      settings: { backoffStrategy: (attemptsMade) => retryDelayMs(job.retry, attemptsMade, Math.random) },
    });
    worker.on('error', () => undefined); // the shared connection reports it
    worker.on('failed', (queued, error) => {
      const attempt = queued?.attemptsMade ?? 0;
      const final = error.name === 'UnrecoverableError' || attempt >= job.retry.attempts;
      this.options.onFailure?.({ job: job.name, id: queued?.id ?? '', attempt, final, error });
    });
    return worker;
  }

  private noteConnection(isUp: boolean, reason: string): void {
    if (isUp === this.isUp) return;
    this.isUp = isUp;
    this.options.onConnection?.(isUp, reason);
  }
}

async function run(handler: AnyHandler, data: unknown): Promise<void> {
  try {
    await handler.handle(handler.job.parse(data));
  } catch (error) {
    if (error instanceof FinalJobError) throw new UnrecoverableError(error.message);
    throw error;
  }
}

const kConnection = {
  connectTimeout: kConnectTimeoutMs,
  disconnectTimeout: 500,
  maxRetriesPerRequest: null,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, kLongestReconnectDelayMs),
} satisfies RedisOptions;

/** BullMQ makes the connections of workers itself, from options. */
function connectionOptions(url: string) {
  if (url.startsWith('unix://')) return { ...kConnection, path: connectionTarget(url) };
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    ...kConnection,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    db: Number(pathname.slice(1) || 0),
    tls: protocol === 'rediss:' ? {} : undefined,
  };
}

function refuseDoubles(names: readonly string[]): void {
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new Error(`job ${double} is there twice`);
}

/** Half a job is worse than none: a full Redis must refuse, and not evict. INFO, because hosted servers forbid CONFIG. */
async function refuseEviction(connection: Redis, urlVariable: string): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await connection.info('memory'))?.[1];
  if (policy === 'noeviction') return;
  throw new ChroomError(
    'SETTING_INVALID',
    `${urlVariable}: expected a Redis with maxmemory-policy noeviction, this one has ${policy ?? 'an unknown one'}. ` +
      'Set maxmemory-policy noeviction in its configuration, or name another Redis.',
  );
}

function queueUnavailable(variable: string, cause: unknown): ChroomError {
  const { message, code } = (cause ?? {}) as { message?: string; code?: string };
  return new ChroomError(
    'QUEUE_UNAVAILABLE',
    `expected a Redis server at the URL in ${variable}, got "${message || code || cause}"; start it or correct ${variable}`,
    { cause },
  );
}
