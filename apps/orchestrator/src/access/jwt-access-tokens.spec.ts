import { createHash, createHmac } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@chroom/database/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AccessToken, TokenVerifier } from 'livekit-server-sdk';
import type { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { ApiKeys } from './api-keys.js';
import { BootstrapAccess } from './bootstrap-access.js';
import { CreateApiKey } from './create-api-key.js';
import { CreateProject } from './create-project.js';
import { JwtAccessTokens } from './jwt-access-tokens.js';
import { RevokeApiKey } from './revoke-api-key.js';
import { SecretBox } from './secret-box.js';

class SettableClock extends Clock {
  aheadMs = 0;
  override nowMs(): number {
    return Date.now() + this.aheadMs;
  }
}

const kKey = 'APIspecspecspec';
const kSecret = 'a-secret-of-the-spec-with-enough-characters';

/** A JWT by hand, so that malformed ones can be made. */
function jwt(payload: object, secret = kSecret, header: object = { alg: 'HS256' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part(header)}.${part(payload)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const joinClaims = (video: object = {}) => ({
  iss: kKey,
  sub: 'ada',
  exp: inAnHour(),
  video: { roomJoin: true, room: 'math', ...video },
});

describe('JwtAccessTokens', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let clock: SettableClock;
  let keys: ApiKeys;
  let tokens: JwtAccessTokens;
  const secrets = new SecretBox(Buffer.alloc(32, 7));

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await openOrchestratorDatabase(testDatabase.url);
    await new BootstrapAccess(database, secrets).execute(kKey, kSecret);
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });
  beforeEach(() => {
    clock = new SettableClock();
    keys = new ApiKeys(database, secrets, clock);
    tokens = new JwtAccessTokens(keys, clock);
  });

  it('verifies a token of the server SDK with the defaults of LiveKit', async () => {
    const maker = new AccessToken(kKey, kSecret, {
      identity: 'ada',
      name: 'Ada',
      metadata: 'm',
      attributes: { a: '1' },
    });
    maker.addGrant({ roomJoin: true, room: 'math' });
    const claims = await tokens.verify(await maker.toJwt());
    expect(claims).toMatchObject({
      apiKey: kKey,
      identity: 'ada',
      name: 'Ada',
      metadata: 'm',
      attributes: { a: '1' },
      kind: 'standard',
      video: {
        roomJoin: true,
        room: 'math',
        canPublish: true,
        canSubscribe: true,
        canPublishData: true,
        canPublishSources: [],
        canUpdateOwnMetadata: false,
        roomAdmin: false,
        hidden: false,
      },
    });
  });

  it('reads the identity of older tokens and a room configuration', async () => {
    const { sub: identity, ...rest } = joinClaims();
    const claims = await tokens.verify(jwt({ ...rest, identity, roomConfig: { maxParticipants: 3, later: 1 } }));
    expect(claims.identity).toBe('ada');
    expect(claims.roomConfig?.maxParticipants).toBe(3);
  });

  it.each([
    ['an unknown key', jwt({ ...joinClaims(), iss: 'APInobody' }), 'TOKEN_INVALID', /invalid API key: APInobody/],
    ['another secret', jwt(joinClaims(), 'other'), 'TOKEN_INVALID', /not by the secret of API key/],
    ['no signature', `${jwt(joinClaims(), kSecret, { alg: 'none' })}`, 'TOKEN_INVALID', /HS256/],
    ['no token', '', 'TOKEN_MISSING', /Bearer/],
    ['garbage', 'not.a.jwt', 'TOKEN_INVALID', /three base64url parts/],
    ['no issuer', jwt({ ...joinClaims(), iss: undefined }), 'TOKEN_INVALID', /claim iss/],
    ['no expiry', jwt({ ...joinClaims(), exp: undefined }), 'TOKEN_INVALID', /claim exp/],
    ['a past expiry', jwt({ ...joinClaims(), exp: 1_700_000_000 }), 'TOKEN_EXPIRED', /expired/],
    ['a future start', jwt({ ...joinClaims(), nbf: inAnHour() }), 'TOKEN_EXPIRED', /not valid yet/],
    ['a join without a room', jwt(joinClaims({ room: '' })), 'TOKEN_INVALID', /video.room/],
    ['a long room name', jwt(joinClaims({ room: 'r'.repeat(257) })), 'TOKEN_INVALID', /at most 256/],
    ['a join without an identity', jwt({ ...joinClaims(), sub: '' }), 'TOKEN_INVALID', /1 to 256/],
    ['a long identity', jwt({ ...joinClaims(), sub: 'i'.repeat(257) }), 'TOKEN_INVALID', /at most 256/],
    ['long metadata', jwt({ ...joinClaims(), metadata: 'x'.repeat(524_289) }), 'TOKEN_INVALID', /524288 bytes/],
    [
      'many attributes',
      jwt({ ...joinClaims(), attributes: { a: 'x'.repeat(65_536) } }),
      'TOKEN_INVALID',
      /65536 bytes/,
    ],
    ['an unknown source', jwt(joinClaims({ canPublishSources: ['smell'] })), 'TOKEN_INVALID', /"smell"/],
    ['a grant of a wrong type', jwt(joinClaims({ canPublish: 'yes' })), 'TOKEN_INVALID', /true or false/],
  ])('refuses %s', async (_what, token, code, message) => {
    await expect(tokens.verify(token)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refreshes with the same claims, at least ten minutes and the remaining life', async () => {
    const claims = await tokens.verify(jwt(joinClaims({ canPublishSources: ['camera'], hidden: true })));
    const refreshed = await tokens.verify(await tokens.refresh(claims));
    expect(refreshed).toMatchObject({ identity: 'ada', video: claims.video });
    expect(refreshed.expiresAtSec).toBe(claims.expiresAtSec);
    const short = await tokens.verify(await tokens.refresh({ ...claims, expiresAtSec: 0 }));
    expect(short.expiresAtSec - Math.floor(Date.now() / 1000)).toBeGreaterThanOrEqual(599);
  });

  it('refreshes with the claims and grants that mean nothing here, as they came', async () => {
    const original = { ...joinClaims({ roomRecord: true, destinationRoom: 'other' }), roomPreset: 'wide', jti: 'one' };
    const refreshed = decodeJwt(await tokens.refresh(await tokens.verify(jwt(original))));
    expect(refreshed).toMatchObject({ roomPreset: 'wide', video: { roomRecord: true, destinationRoom: 'other' } });
    expect(refreshed).not.toHaveProperty('jti');
  });

  it('signs webhook bodies as the server SDK expects', async () => {
    const body = Buffer.from('{"event":"room_started"}');
    const claims = await new TokenVerifier(kKey, kSecret).verify(await tokens.signWebhook(kKey, body));
    expect(claims.sha256).toBe(createHash('sha256').update(body).digest('base64'));
  });

  it('refuses a key after its revocation', async () => {
    const project = await new CreateProject(database).execute('revoking');
    const made = await new CreateApiKey(database, secrets, keys).execute(project.id);
    const token = jwt({ ...joinClaims(), iss: made.apiKey }, made.apiSecret);
    expect((await tokens.verify(token)).projectId).toBe(project.id);
    await new RevokeApiKey(database, keys).execute(project.id, made.apiKey);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('notices a revocation at another orchestrator within ten seconds', async () => {
    const project = await new CreateProject(database).execute('elsewhere');
    const made = await new CreateApiKey(database, secrets, keys).execute(project.id);
    const token = jwt({ ...joinClaims(), iss: made.apiKey }, made.apiSecret);
    await tokens.verify(token);
    await database.query('UPDATE api_keys SET revoked_at = now() WHERE api_key = $1', [made.apiKey]);
    expect((await tokens.verify(token)).apiKey).toBe(made.apiKey);
    clock.aheadMs = 10_001;
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('keeps no secret in clear and refuses a row sealed for another key', async () => {
    const [row] = await database.query('SELECT sealed_secret FROM api_keys WHERE api_key = $1', [kKey]);
    expect(row.sealed_secret.includes(Buffer.from(kSecret))).toBe(false);
    expect(() => secrets.open('APIother', row.sealed_secret)).toThrow(/CHROOM_SECRETS_KEY/);
    expect(() => new SecretBox(Buffer.alloc(32, 8)).open(kKey, row.sealed_secret)).toThrow(/another CHROOM/);
  });

  it('keeps the bootstrap key over restarts and refuses another secret for it', async () => {
    await new BootstrapAccess(database, secrets).execute(kKey, kSecret);
    const other = new BootstrapAccess(database, secrets).execute(kKey, `${kSecret}-changed`);
    await expect(other).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });
});
