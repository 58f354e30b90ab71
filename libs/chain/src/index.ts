export * from './calls/add-stake.js';
export * from './calls/approve.js';
export * from './calls/cancel-exit.js';
export * from './calls/claim.js';
export * from './calls/fund.js';
export * from './calls/register.js';
export * from './calls/release-unaudited.js';
export * from './calls/request-exit.js';
export * from './calls/request-fund-withdrawal.js';
export * from './calls/schedule-standard.js';
export * from './calls/set-signer.js';
export * from './calls/settle.js';
export * from './calls/settle-many.js';
export * from './calls/stop-intake.js';
export * from './calls/submit.js';
export * from './calls/submit-many.js';
export * from './calls/transfer.js';
export * from './calls/withdraw-fund.js';
export * from './calls/withdraw-stake.js';
export * from './client/contract-call.js';
export * from './client/contracts.js';
export * from './client/network-facts.js';
export * from './client/network-settings.js';
export * from './client/open-chain.js';
export * from './client/rpc-source.js';
export * from './client/wrong-chain.js';
export * from './deploy/deploy-contracts.js';
export * from './deploy/network-parameters.js';
export * from './errors/contract-error.js';
export * from './follower/chain-events.js';
export * from './follower/chain-follower.js';
export * from './follower/chain-member-directory.js';
export * from './follower/follow-network.js';
export * from './follower/follower-store.js';
export * from './follower/measure-network.js';
export {
  type FollowedMember,
  type FollowedStandard,
  isActiveAt,
  type KeyFrom,
  type NetworkState,
  signerAt,
  standardAt,
} from './follower/network-state.js';
export { chroomCoreAbi } from './generated/chroom-core.abi.js';
export { chroomProofsAbi } from './generated/chroom-proofs.abi.js';
export { chroomTokenAbi } from './generated/chroom-token.abi.js';
export * from './reads/ask-funds.js';
export * from './reads/chain-standard.js';
export * from './reads/member-kind.js';
export * from './reads/orchestrator-funds.js';
export * from './reads/read-accrued.js';
export * from './reads/read-balance.js';
export * from './reads/read-batch.js';
export * from './reads/read-clock.js';
export * from './reads/read-funds.js';
export * from './reads/read-member.js';
export * from './reads/read-signer-at.js';
export * from './reads/read-standard.js';
export * from './reads/read-stopped-seconds.js';
