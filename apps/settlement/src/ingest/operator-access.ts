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
    checkBearer(authorization, [this.expected], 'the token of CHROOM_SETTLEMENT_OPERATOR_TOKEN');
  }
}

/** Statements are for the operator, and for whoever was given the reader's token. */
export class ReaderAccess {
  private readonly expected: readonly Buffer[];

  constructor(operatorToken: string, readerToken: string | undefined) {
    this.expected = [operatorToken, readerToken].filter((token) => token !== undefined).map(digest);
  }

  /** @throws ChroomError TOKEN_MISSING or TOKEN_INVALID */
  check(authorization: string | undefined): void {
    checkBearer(authorization, this.expected, 'the token of CHROOM_SETTLEMENT_READER_TOKEN or _OPERATOR_TOKEN');
  }
}

function checkBearer(authorization: string | undefined, allowed: readonly Buffer[], what: string): void {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (!token) throw new ChroomError('TOKEN_MISSING', `expected "Authorization: Bearer" with ${what}`);
  const received = digest(token);
  if (!allowed.some((expected) => timingSafeEqual(received, expected))) {
    throw new ChroomError('TOKEN_INVALID', `expected ${what}`);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
