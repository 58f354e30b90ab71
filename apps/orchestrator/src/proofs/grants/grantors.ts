import { ChroomError, type Hex } from '@chroom/protocol';
import { signerOfClientKey } from '@chroom/receipts';
import { Injectable } from '@nestjs/common';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import { ProofSettings, sessionSaltOf } from '../proof-settings.js';
import type { Grantor } from './issue-grant.js';

/** Who signs our grants in an epoch: we, with the key that the chain names for it. */
@Injectable()
export class Grantors {
  private readonly salt: Hex;

  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly terms: ProofSettings,
    private readonly network: ProofNetwork,
  ) {
    this.salt = sessionSaltOf(settings.secretsKey);
  }

  /** Whether this orchestrator pays for anything. */
  get areEnabled(): boolean {
    return this.terms.areGranted;
  }

  /** Undefined while we are no active member, or while the chain names a key that is not ours. */
  at(epoch: number): Grantor | undefined {
    const { memberId: orchId } = this.settings;
    const signer = this.network.signerAt(orchId, epoch);
    const signerKey = signer && this.keyOf(signer);
    if (!signer || !signerKey) return undefined;
    const { digests } = this.network.facts;
    return { orchId, signerKey, signer, salt: this.salt, digests, terms: this.terms };
  }

  /** The key that witnesses under a grant of ours. A rotation does not end it; undefined when we no longer have it. */
  keyOfClientKey(clientKey: Hex): Hex | undefined {
    const signer = signerOfClientKey(clientKey);
    return signer && this.keyOf(signer);
  }

  private keyOf(account: Hex): Hex | undefined {
    try {
      return this.settings.signerKeys.keyOf(account);
    } catch (error) {
      if (error instanceof ChroomError && error.code === 'SIGNER_KEY_MISSING') return undefined;
      throw error;
    }
  }
}
