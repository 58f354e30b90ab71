import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

/** Guardian only, once for each appointment: no deposits and no batches for seven days. */
export function stopIntakeCall(contracts: Contracts): ContractCall {
  const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'stopIntake' });
  return { name: 'stopIntake', to: contracts.core, data };
}
