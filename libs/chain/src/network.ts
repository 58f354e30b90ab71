// What a process needs that follows its network: no general Ethereum library, which costs 14 MB of memory.
export * from './client/network-facts.js';
export * from './client/network-settings.js';
export * from './client/rpc-source.js';
export * from './follower/chain-follower.js';
export * from './follower/chain-member-directory.js';
export * from './follower/follow-network.js';
export * from './follower/follower-store.js';
export * from './follower/measure-network.js';
export type { FollowedMember, FollowedStandard, KeyFrom, NetworkState } from './follower/network-state.js';
export * from './reads/ask-funds.js';
export type { OrchestratorFunds } from './reads/orchestrator-funds.js';
