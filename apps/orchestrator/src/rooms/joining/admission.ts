import type { JoinParameters } from '@chroom/signalling';
import type { AccessClaims } from '../../access/access-tokens.port.js';
import type { ClientOffer } from '../publishing/apply-offer.js';

/** A request to join that has passed every check that needs no room. */
export interface Admission {
  readonly claims: AccessClaims;
  readonly join: JoinParameters;
  /** The bundled offer, already parsed: a bad one is refused before anything is made for it. */
  readonly offer: ClientOffer | undefined;
}
