/** What each call may cost: gasUsed of the receipt, with the intrinsic part and the calldata (CHAIN section 7). */
export const gasBars = {
  submit: 110_000,
  submitManyOf10PerBatch: 80_000,
  settle: 102_000,
  settleManyOf8PerBatch: 30_000,
  claim: 50_000,
} as const;
