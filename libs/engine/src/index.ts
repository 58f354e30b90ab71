export * from './engine-error.js';
export type * from './media-engine.js';
export { openMediaEngine } from './native-media-engine.js';
