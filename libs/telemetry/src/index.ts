export * from './coded-errors.filter.js';
export * from './health.js';
export * from './logger.js';
export * from './metrics.js';
export * from './nest-logger.js';
export * from './status-server.js';
export * from './stop-signals.js';
