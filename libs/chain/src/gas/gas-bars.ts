/** What each call may cost: gasUsed of the receipt, with the intrinsic part and the calldata. */
export const gasBars = {
  submit: 110_000,
  submitWhileAStandardIsScheduled: 110_000,
  submitManyOf10PerBatch: 80_000,
  /** Also the very first one of a network, which opens what the node has earned. */
  settleFirstOfANode: 102_000,
  settle: 102_000,
  settleManyOf8PerBatch: 30_000,
  claim: 50_000,
  /** All of it staked or sent away before. An account that never had a token costs 17 100 more: the EVM's price of a new slot. */
  claimToAnEmptiedAccount: 50_000,
} as const;
