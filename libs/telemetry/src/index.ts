export * from './health.js';
export * from './logger.js';
export * from './metrics.js';
export * from './status-server.js';
export * from './stop-signals.js';
