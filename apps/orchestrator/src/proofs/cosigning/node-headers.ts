import { ChroomError, type Hex, parseWire } from '@chroom/protocol';
import { type BatchHeader, type CosignRequest, cosignRequestSchema, decodeSignedHeader } from '@chroom/protocol/proofs';
import { recoverMember } from '@chroom/receipts';
import { Injectable } from '@nestjs/common';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { type NetworkFacts, ProofNetwork } from '../network/proof-network.port.js';
import { CosignRefused } from './cosign-refused.js';

/** A header that its node has signed, towards us. */
export interface AuthenticHeader extends CosignRequest {
  readonly facts: NetworkFacts;
  readonly nodeSigner: Hex;
}

/** Who may bring files and ask for signatures: the holder of the key that the chain has for the node of the header. */
@Injectable()
export class NodeHeaders {
  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly network: ProofNetwork,
  ) {}

  /** @throws ChroomError TOKEN_MISSING, INVALID_ARGUMENT, MEMBER_UNKNOWN, COSIGN_REFUSED */
  fromRequestHeader(value: string | undefined): AuthenticHeader {
    if (!value) throw new ChroomError('TOKEN_MISSING', 'expected the signed header of the batch in x-chroom-batch');
    return this.authenticate(decodeSignedHeader(value));
  }

  fromBody(json: unknown): AuthenticHeader {
    return this.authenticate(parseWire(cosignRequestSchema, json, 'request to co-sign'));
  }

  private authenticate({ header, nodeSignature }: CosignRequest): AuthenticHeader {
    const { facts } = this.network;
    const { memberId } = this.settings;
    if (header.orchId !== memberId) {
      throw new CosignRefused('Orch', `expected a batch towards orchestrator ${memberId}, received ${header.orchId}`);
    }
    const nodeSigner = this.signerOf(header);
    if (recoverMember(facts.digests.header(header), nodeSignature) !== nodeSigner.toLowerCase()) {
      throw new CosignRefused('NodeSig', `the header is not signed by the node's key ${nodeSigner}`);
    }
    return { header, nodeSignature, facts, nodeSigner };
  }

  private signerOf({ nodeId, epoch }: BatchHeader): Hex {
    const signer = this.network.signerAt(nodeId, epoch);
    if (signer) return signer;
    throw new ChroomError('MEMBER_UNKNOWN', `node ${nodeId} has no registered key in epoch ${epoch}`);
  }
}
