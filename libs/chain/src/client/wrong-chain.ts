import { ChroomError } from '@chroom/protocol';

export function wrongChain(expected: number, received: number): ChroomError {
  return new ChroomError(
    'CHAIN_WRONG',
    `Expected chain ${expected}, the endpoint serves ${received}. Set CHROOM_RPC_URL or CHROOM_CHAIN_ID.`,
  );
}
