import { chroomCoreAbi, chroomProofsAbi } from '@chroom/chain';
import { describe, expect, it } from '@jest/globals';
import { isPassing } from './plan-call.js';

const contractErrors: readonly string[] = [...chroomCoreAbi, ...chroomProofsAbi].flatMap((entry) =>
  entry.type === 'error' ? [entry.name] : [],
);

/** Everything that submit and openBatch refuse by name, and whether waiting can help. */
describe('a refused submission', () => {
  it.each([
    ['NoLeaves', false],
    ['EpochNotOver', true],
    ['SubmitWindowOver', false],
    ['AlreadySubmitted', true],
    ['NodeSignatureWrong', false],
    ['OrchestratorSignatureWrong', false],
    ['SignatureLength', false],
    ['ArrayLengths', false],
    ['NotProofs', false],
    ['Stopped', true],
    ['WrongKind', false],
    ['NotActive', true],
    ['OverCapacity', false],
    ['StakeTooSmall', true],
    ['CollateralTooSmall', true],
    ['FundTooSmall', true],
  ])('with %s is tried again: %s', (name, expected) => {
    expect(contractErrors).toContain(name);
    expect(isPassing(name)).toBe(expected);
  });

  it('with an error that nobody knows needs a person', () => {
    expect(isPassing('error 0x12345678')).toBe(false);
  });
});
