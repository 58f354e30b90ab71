import { ChroomError } from '@chroom/protocol';
import { type Abi, BaseError, decodeErrorResult, type Hex, isHex } from 'viem';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';
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
 * A coded error for anything that viem throws: the contract's refusal under its own code, a missing contract, or an
 * endpoint that does not answer. What is coded already stays as it is.
 * @param what the call, for the message
 */
export function asChainError(error: unknown, what: string): ChroomError {
  if (error instanceof ChroomError) return error;
  const refusal = refusalOf(error);
  if (refusal) {
    const text = refusal.arguments.map((argument) => String(argument)).join(', ');
    return new ChroomError(
      codeOfRefusal[refusal.name] ?? 'CONTRACT_REFUSED',
      `${what}: the contract refuses with ${refusal.name}(${text}).`,
      { cause: error },
    );
  }
  const short = error instanceof BaseError ? error.shortMessage : String(error);
  if (wasNamed(error, 'ContractFunctionZeroDataError') || wasNamed(error, 'AbiDecodingZeroDataError')) {
    return new ChroomError('CHAIN_WRONG', `${what}: there is no such contract. Set CHROOM_CORE_ADDRESS.`, {
      cause: error,
    });
  }
  if (wasNamed(error, 'ExecutionRevertedError') || wasNamed(error, 'ContractFunctionRevertedError')) {
    return new ChroomError('CONTRACT_REFUSED', `${what}: the contract refuses without a reason.`, { cause: error });
  }
  return new ChroomError('CHAIN_UNAVAILABLE', `${what}: the chain does not answer: ${short} Check CHROOM_RPC_URL.`, {
    cause: error,
  });
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
