/** Money that is locked for an orchestrator, in the smallest unit of the token. */
export interface OrchestratorFunds {
  readonly total: bigint;
  /** Part of total that open batches hold. */
  readonly reserved: bigint;
  /** Announced to be withdrawn; whoever serves should count it as gone. */
  readonly leaving: bigint;
  /** What a careful node counts on: neither reserved nor leaving. */
  readonly dependable: bigint;
}

export function fundsOf(account: {
  readonly total: bigint;
  readonly reserved: bigint;
  readonly leaving: bigint;
}): OrchestratorFunds {
  const rest = account.total - account.reserved - account.leaving;
  return { ...account, dependable: rest > 0n ? rest : 0n };
}
