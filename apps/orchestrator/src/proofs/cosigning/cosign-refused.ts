import { ChroomError } from '@chroom/protocol';
import type { CosignRefusal } from '@chroom/receipts';

export type CosignFault = CosignRefusal['fault'] | 'Equivocation';

/** A batch that is not signed, with the fault by name. */
export class CosignRefused extends ChroomError {
  constructor(
    readonly fault: CosignFault,
    reason: string,
    /** Position of the leaf that is at fault. */
    readonly leaf?: number,
  ) {
    super('COSIGN_REFUSED', leaf === undefined ? `${fault}: ${reason}` : `${fault} in leaf ${leaf}: ${reason}`);
  }
}
