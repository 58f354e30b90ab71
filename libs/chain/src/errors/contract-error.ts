import { ChroomError, type ErrorCode } from '@chroom/protocol';
import { type Abi, type Address, BaseError, decodeErrorResult, type Hex, InsufficientFundsError, isHex } from 'viem';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';
import { loggable, withoutKeys } from './loggable.js';
import { codeOfRefusal } from './refusals.js';

const everyError = [...chroomCoreAbi, ...chroomProofsAbi, ...chroomTokenAbi].filter(
  (entry) => entry.type === 'error',
) as unknown as Abi;

export interface Refusal {
  /** Name of the contract's error, or Error and Panic of the language. */
  readonly name: string;
  readonly arguments: readonly unknown[];
}

/** What a contract said when it refused; undefined when the error is none of a contract. */
export function refusalOf(error: unknown): Refusal | undefined {
  const data = revertData(error);
  if (!data || data === '0x') return undefined;
  try {
    const { errorName, args } = decodeErrorResult({ abi: everyError, data });
    return { name: errorName, arguments: args ?? [] };
  } catch {
    return { name: `error ${data.slice(0, 10)}`, arguments: [] };
  }
}

/**
 * A coded error for anything that viem throws: the contract's refusal under its own code, a missing contract, a sender
 * without gas, or an endpoint that does not answer. What is coded already stays as it is.
 * @param what the call, for the message
 * @param sender who would have paid for it
 */
export function asChainError(error: unknown, what: string, sender?: Address): ChroomError {
  if (error instanceof ChroomError) return error;
  const { code, message } = judge(error, what, sender);
  return new ChroomError(code, message, { cause: loggable(error) });
}

function judge(error: unknown, what: string, sender?: Address): { readonly code: ErrorCode; readonly message: string } {
  const refusal = refusalOf(error);
  if (refusal) {
    const text = refusal.arguments.map((argument) => String(argument)).join(', ');
    const code = codeOfRefusal[refusal.name] ?? 'CONTRACT_REFUSED';
    return { code, message: `${what}: the contract refuses with ${refusal.name}(${text}).` };
  }
  if (wasNamed(error, 'ContractFunctionZeroDataError') || wasNamed(error, 'AbiDecodingZeroDataError')) {
    return { code: 'CHAIN_WRONG', message: `${what}: there is no such contract. Set CHROOM_CORE_ADDRESS.` };
  }
  if (lacksGasMoney(error)) {
    const who = sender ?? 'the account that sends';
    return { code: 'SENDER_UNFUNDED', message: `${what}: ${who} cannot pay the gas. Send it the chain's own coin.` };
  }
  if (wasNamed(error, 'ExecutionRevertedError') || wasNamed(error, 'ContractFunctionRevertedError')) {
    return { code: 'CONTRACT_REFUSED', message: `${what}: the contract refuses without a reason.` };
  }
  const short = withoutKeys(error instanceof BaseError ? error.shortMessage : String(error));
  return { code: 'CHAIN_UNAVAILABLE', message: `${what}: the chain does not answer: ${short} Check CHROOM_RPC_URL.` };
}

/** Nodes tell it in words alone; viem knows those, and names the error only where it estimates or sends itself. */
function lacksGasMoney(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    const { details } = cause as { details?: unknown };
    if (typeof details === 'string' && InsufficientFundsError.nodeMessage.test(details.toLowerCase())) return true;
  }
  return false;
}

function wasNamed(error: unknown, name: string): boolean {
  for (const cause of causesOf(error)) if ((cause as { name?: string }).name === name) return true;
  return false;
}

function revertData(error: unknown): Hex | undefined {
  for (const cause of causesOf(error)) {
    const { data, raw } = cause as { data?: unknown; raw?: unknown };
    if (isHex(raw)) return raw;
    if (isHex(data)) return data;
    const nested = (data as { data?: unknown } | undefined)?.data;
    if (isHex(nested)) return nested;
  }
  return undefined;
}

const deepestCause = 10;

function* causesOf(error: unknown): Generator<object> {
  let cause = error;
  for (let depth = 0; depth < deepestCause && typeof cause === 'object' && cause !== null; depth++) {
    yield cause;
    cause = (cause as { cause?: unknown }).cause;
  }
}
