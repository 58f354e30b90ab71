export {
  FinalJobError,
  type JobDefinition,
  type JobHandler,
  type RetryPolicy,
  retryDelayMs,
} from './job-definition.js';
export { type JobFailure, JobQueues, type JobQueuesOptions } from './job-queues.js';
export { probeRedis } from './probe-redis.js';
