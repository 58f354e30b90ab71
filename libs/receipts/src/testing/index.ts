export * from './signed-leaves.js';
