export { createTestChain, developmentKeys, launchAnvil, type TestChain } from './anvil-chain.js';
export { type FixedMember, fixedNetwork } from './fixed-network.js';
export { headerOf, signBatch } from './signed-batch.js';
export { createTestNetwork, roles, type TestNetwork, testKey } from './test-network.js';
