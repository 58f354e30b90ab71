import { createHash, timingSafeEqual } from 'node:crypto';
import { ChroomError } from '@chroom/protocol';

/** Only the operator's own nodes deliver leaves. */
export class OperatorAccess {
  private readonly expected: Buffer;

  constructor(token: string) {
    this.expected = digest(token);
  }

  /** @throws ChroomError TOKEN_MISSING or TOKEN_INVALID */
  check(authorization: string | undefined): void {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (!token) throw new ChroomError('TOKEN_MISSING', 'expected "Authorization: Bearer" with the operator token');
    if (!timingSafeEqual(digest(token), this.expected)) {
      throw new ChroomError('TOKEN_INVALID', 'expected the token of CHROOM_SETTLEMENT_OPERATOR_TOKEN');
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
