// For the processes that run NestJS. Apart from the plain entry: a media node must not pay for loading it.
export * from './coded-errors.filter.js';
export * from './nest-logger.js';
