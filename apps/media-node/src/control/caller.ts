import { ChroomError } from '@chroom/protocol';
import { createContextKey, type HandlerContext } from '@connectrpc/connect';

/** The orchestrator behind a call: member id of the TLS key that the pinned server admitted. */
export const callerKey = createContextKey<bigint>(0n, { description: 'member id of the calling orchestrator' });

export function callerOf(context: HandlerContext): bigint {
  const caller = context.values.get(callerKey);
  if (caller === 0n) throw new ChroomError('INTERNAL', 'A call reached the control API without a caller.');
  return caller;
}
