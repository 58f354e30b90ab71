import type { Hex } from '@chroom/protocol';
import { clientKeyOfSigner, type Grant, hashGrant, sessionIdOf } from '@chroom/protocol/proofs';
import { type ProofDigests, signAsMember } from '@chroom/receipts';

export interface SignedGrant {
  readonly grant: Grant;
  readonly hash: Hex;
  readonly signature: Hex;
}

/**
 * Made, hashed and signed when it is first asked for: a session without media never is, and whoever joins does not wait
 * for the hashes.
 */
class IssuedGrant implements SignedGrant {
  private made: Grant | undefined;
  private hashed: Hex | undefined;
  private signed: Hex | undefined;

  constructor(
    private readonly grantor: Grantor,
    private readonly wish: GrantWish,
  ) {}

  get grant(): Grant {
    this.made ??= makeGrant(this.grantor, this.wish);
    return this.made;
  }

  get hash(): Hex {
    this.hashed ??= hashGrant(this.grant);
    return this.hashed;
  }

  get signature(): Hex {
    this.signed ??= signAsMember(this.grantor.signerKey, this.grantor.digests.ofStruct(this.hash));
    return this.signed;
  }
}

/** Our side of every grant. */
export interface Grantor {
  readonly orchId: bigint;
  readonly signerKey: Hex;
  /** Address of `signerKey`. */
  readonly signer: Hex;
  /** 32 secret bytes. */
  readonly salt: Hex;
  readonly digests: ProofDigests;
  readonly terms: {
    readonly pricePerGiB: bigint;
    readonly maxKbps: number;
    readonly maxValue: bigint;
    readonly lifetimeSec: number;
  };
}

export interface GrantWish {
  readonly roomSid: string;
  readonly session: string;
  readonly nodeId: bigint;
  readonly fromSec: number;
}

/**
 * A class 2 grant: we are the witness ourselves. All grants of this class carry the same clientKey, so the id on chain
 * is of the participant's session, not of its room: two that join in one second would else share one grant.
 */
export function issueGrant(grantor: Grantor, wish: GrantWish): SignedGrant {
  return new IssuedGrant(grantor, wish);
}

function makeGrant({ terms, ...grantor }: Grantor, { roomSid, session, nodeId, fromSec }: GrantWish): Grant {
  const { lifetimeSec, ...caps } = terms;
  return {
    sessionId: sessionIdOf(grantor.salt, `${roomSid} ${session}`),
    nodeId,
    orchId: grantor.orchId,
    clientKey: clientKeyOfSigner(grantor.signer),
    notBefore: fromSec,
    notAfter: fromSec + lifetimeSec,
    ...caps,
  };
}
