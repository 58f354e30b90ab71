import { type EpochClock, epochLengthSec, startStandard } from '@chroom/protocol/proofs';
import { type Address, parseEther } from 'viem';
import type { ChainStandard } from '../reads/chain-standard.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export interface NetworkParameters {
  readonly governor: Address;
  /** May stop the intake once. */
  readonly guardian: Address;
  readonly clock: EpochClock;
  readonly unbondingSeconds: number;
  readonly fundWithdrawalSeconds: number;
  /** Epochs between the scheduling of a standard and its first epoch. */
  readonly standardDelayEpochs: number;
  readonly standard: ChainStandard;
}

const shares = {
  feeBps: 500,
  feeBurnBps: 4000,
  feeTreasuryBps: 4000,
  feeContributorBps: 2000,
  subsidyCapBps: 6000,
  auditBps: 1000,
  samples: 8,
  slashFinderBps: 1000,
  slashOrchestratorBps: 3000,
  maxOpenRequests: 16,
  requestBond: parseEther('1'),
};

type Roles = Pick<NetworkParameters, 'governor' | 'guardian'>;

/** The start values of a real network: slots of a minute, days to challenge and to leave. */
export function productionParameters(roles: Roles, startSeconds: number): NetworkParameters {
  return {
    ...roles,
    clock: { startSec: startSeconds, slotSec: minute },
    unbondingSeconds: 8 * day,
    fundWithdrawalSeconds: 4 * day,
    standardDelayEpochs: 45,
    standard: {
      ...startStandard,
      ...shares,
      submitWindow: 12 * hour,
      backDatingBound: 4 * hour,
      answerWindow: 12 * hour,
      challengeWindow: 48 * hour,
    },
  };
}

/** How long after the deployment the first members of a development network become active. */
const developmentHeadStartSeconds = 10;

/**
 * Slots of a second and short windows, so that a call is settled two minutes after its end. Epoch 0 ends a few seconds
 * after the deployment: who registers until then works from there on.
 */
export function developmentParameters(
  roles: Roles,
  nowSeconds: number,
  headStartSeconds = developmentHeadStartSeconds,
): NetworkParameters {
  const clock = { startSec: nowSeconds + headStartSeconds, slotSec: 1 };
  return {
    ...roles,
    clock: { ...clock, startSec: clock.startSec - epochLengthSec(clock) },
    unbondingSeconds: 2 * hour,
    fundWithdrawalSeconds: hour,
    standardDelayEpochs: 2,
    standard: {
      ...startStandard,
      ...shares,
      submitWindow: 50 * minute,
      backDatingBound: 0,
      answerWindow: 30,
      challengeWindow: 5,
    },
  };
}
