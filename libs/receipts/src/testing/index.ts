export * from './cosigner.contract.js';
export * from './signed-leaves.js';
