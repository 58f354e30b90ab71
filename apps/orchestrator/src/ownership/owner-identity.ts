import { randomUUID } from 'node:crypto';

/** Who claims rooms: the orchestrator as a member, and this run of its process. */
export class OwnerIdentity {
  readonly instanceId = randomUUID();

  constructor(readonly memberId: bigint) {}
}
