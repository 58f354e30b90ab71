import { createHash } from 'node:crypto';
import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { Clock } from '../clock/clock.js';
import { type AccessClaims, AccessTokens } from './access-tokens.port.js';
import { ApiKeys, type KnownApiKey } from './api-keys.js';
import { parseTokenClaims } from './token-claims.js';

/** Metadata (512 KiB) and attributes (64 KiB) in base64 fit; everything above is not decoded. */
const kLongestTokenChars = 1024 * 1024;
const kRefreshedLifeSec = 600;
const kWebhookLifeSec = 300;
/** Clocks of token makers may be this much ahead or behind. */
const kClockToleranceSec = 5;

/** LiveKit access tokens: JWT HS256, `iss` names the API key whose secret made the HMAC. */
@Injectable()
export class JwtAccessTokens extends AccessTokens {
  constructor(
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async verify(token: string): Promise<AccessClaims> {
    const issuer = readIssuer(token);
    const key = await this.keys.find(issuer);
    if (key === undefined) {
      throw new ChroomError('TOKEN_INVALID', `invalid API key: ${issuer}`);
    }
    const payload = await this.checkSignatureAndTimes(token, key);
    return parseTokenClaims(payload, key.projectId, key.apiKey);
  }

  override async refresh(claims: AccessClaims): Promise<string> {
    const nowSec = Math.floor(this.clock.nowMs() / 1000);
    const lifeSec = Math.max(kRefreshedLifeSec, claims.expiresAtSec - nowSec);
    const { video, unread } = claims;
    const canPublishSources = video.canPublishSources.length > 0 ? video.canPublishSources : undefined;
    const payload: JWTPayload = {
      ...unread?.claims,
      sub: claims.identity,
      name: claims.name,
      metadata: claims.metadata,
      attributes: claims.attributes,
      kind: claims.kind,
      video: { ...unread?.video, ...video, canPublishSources },
      roomConfig: claims.roomConfig?.toJson(),
    };
    return this.sign(claims.apiKey, payload, nowSec, lifeSec);
  }

  override async signWebhook(apiKey: string, body: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(body).digest('base64');
    return this.sign(apiKey, { sha256 }, Math.floor(this.clock.nowMs() / 1000), kWebhookLifeSec);
  }

  private async sign(apiKey: string, payload: JWTPayload, nowSec: number, lifeSec: number): Promise<string> {
    const key = await this.keys.find(apiKey);
    if (key === undefined) {
      throw new ChroomError('API_KEY_UNKNOWN', `the API key ${apiKey} was revoked or deleted; use another key`);
    }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(apiKey)
      .setNotBefore(nowSec)
      .setExpirationTime(nowSec + lifeSec)
      .sign(key.secret);
  }

  private async checkSignatureAndTimes(token: string, key: KnownApiKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, key.secret, {
        algorithms: ['HS256'],
        requiredClaims: ['exp'],
        clockTolerance: kClockToleranceSec,
        currentDate: new Date(this.clock.nowMs()),
      });
      return payload;
    } catch (cause) {
      throw refusal(cause, key.apiKey);
    }
  }
}

function readIssuer(token: string): string {
  if (token === '') throw new ChroomError('TOKEN_MISSING', 'no access token was sent; send it as a Bearer token');
  if (token.length > kLongestTokenChars) {
    throw new ChroomError('TOKEN_INVALID', `invalid token: expected at most ${kLongestTokenChars} characters`);
  }
  let issuer: unknown;
  try {
    issuer = decodeJwt(token).iss;
  } catch (cause) {
    throw new ChroomError('TOKEN_INVALID', 'invalid token: expected a JWT of three base64url parts', { cause });
  }
  if (typeof issuer !== 'string' || issuer === '' || issuer.length > 256) {
    throw new ChroomError('TOKEN_INVALID', 'invalid token: expected the API key in claim iss');
  }
  return issuer;
}

function refusal(cause: unknown, apiKey: string): ChroomError {
  if (cause instanceof errors.JWTExpired) {
    return new ChroomError('TOKEN_EXPIRED', 'token is expired; request a new one', { cause });
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === 'nbf' && cause.reason === 'check_failed') {
      return new ChroomError('TOKEN_EXPIRED', 'token is not valid yet (nbf); check the clock of its maker', { cause });
    }
    return new ChroomError('TOKEN_INVALID', `invalid token: claim ${cause.claim} is missing or malformed`, { cause });
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return new ChroomError('TOKEN_INVALID', `invalid token: the signature is not by the secret of API key ${apiKey}`);
  }
  return new ChroomError('TOKEN_INVALID', 'invalid token: expected a JWT signed with HS256', { cause });
}
