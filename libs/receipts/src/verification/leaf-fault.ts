/** Why a leaf is worth nothing: the names of the contract's faults, and two that only the pipeline knows. */
export type LeafFault =
  | 'GrantSig'
  | 'ReceiptSig'
  | 'Epoch'
  | 'Expired'
  | 'Node'
  | 'Orch'
  | 'OverRate'
  | 'OverCap'
  | 'OverTime'
  | 'Duplicate'
  /** The witness is neither a client, nor the orchestrator, nor another node. */
  | 'Witness';

/** A refusal with what was expected and what came. */
export interface LeafRefusal {
  readonly fault: LeafFault;
  readonly message: string;
}
