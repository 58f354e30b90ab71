import { ChroomError, type Hex } from '@chroom/protocol';
import { signerOfClientKey } from '@chroom/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import { ProofSettings, sessionSaltOf } from '../proof-settings.js';
import type { Grantor } from './issue-grant.js';

/** Accounts whose keys we lack and have said so: one for each key that the chain ever named. */
const lackingMax = 64;

/** Who signs our grants in an epoch: we, with the key that the chain names for it. */
@Injectable()
export class Grantors {
  private readonly log = new Logger('Receipts');
  private readonly salt: Hex;
  /** By account, the code of the fault that was logged. */
  private readonly lacking = new Map<Hex, string>();

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

  /** Undefined while we are no active member, or while we cannot use the key that the chain names. Never throws. */
  at(epoch: number): Grantor | undefined {
    const { memberId: orchId } = this.settings;
    const signer = this.network.signerAt(orchId, epoch);
    const signerKey = signer && this.keyOf(signer);
    if (!signer || !signerKey) return undefined;
    const { digests } = this.network.facts;
    return { orchId, signerKey, signer, salt: this.salt, digests, terms: this.terms };
  }

  /**
   * The key that witnesses under a grant of ours. A rotation does not end it; undefined when we no longer have it.
   * Never throws.
   */
  keyOfClientKey(clientKey: Hex): Hex | undefined {
    const signer = signerOfClientKey(clientKey);
    return signer && this.keyOf(signer);
  }

  private keyOf(account: Hex): Hex | undefined {
    try {
      const key = this.settings.signerKeys.keyOf(account);
      this.keyFound(account);
      return key;
    } catch (error) {
      // Whatever is wrong with the file of keys: calls go on, and nobody above expects a throw.
      if (!(error instanceof ChroomError)) throw error;
      this.keyLacking(account, error);
      return undefined;
    }
  }

  private keyFound(account: Hex): void {
    if (this.lacking.delete(account)) this.log.log({ message: 'a key is there again', account });
  }

  private keyLacking(account: Hex, error: ChroomError): void {
    if (this.lacking.get(account) === error.code) return;
    this.lacking.delete(account);
    this.lacking.set(account, error.code);
    for (const oldest of this.lacking.keys()) {
      if (this.lacking.size <= lackingMax) break;
      this.lacking.delete(oldest);
    }
    const reason = `${error.code}: ${error.message}`;
    this.log.warn({ message: 'a key of ours is not there; what it would sign is not paid', account, reason });
  }
}
