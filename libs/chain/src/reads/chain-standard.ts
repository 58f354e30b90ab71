import type { Standard } from '@chroom/protocol/proofs';

/** All parameters of a version of the standards; docs in contracts/src/types/Standard.sol. */
export interface ChainStandard extends Standard {
  readonly submitWindow: number;
  readonly backDatingBound: number;
  readonly answerWindow: number;
  readonly challengeWindow: number;
  readonly feeBps: number;
  readonly feeBurnBps: number;
  readonly feeTreasuryBps: number;
  readonly feeContributorBps: number;
  readonly subsidyCapBps: number;
  readonly auditBps: number;
  readonly samples: number;
  readonly slashFinderBps: number;
  readonly slashOrchestratorBps: number;
  readonly maxOpenRequests: number;
  readonly requestBond: bigint;
}

/** Seconds after its epoch in which a batch can still cost its node something. */
export function windowsSumOf(standard: ChainStandard): number {
  return standard.submitWindow + standard.backDatingBound + standard.answerWindow + standard.challengeWindow;
}
