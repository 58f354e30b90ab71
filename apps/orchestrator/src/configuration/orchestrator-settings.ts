import { type NetworkSettings, readNetworkSettings } from '@chroom/chain/network';
import { ChroomError, type Environment, MemberKeys, SettingsReader } from '@chroom/protocol';
import { LOG_LEVELS, type LogLevel } from '@chroom/telemetry';
import { kDatabaseUrlVariable } from '../database/orchestrator-database.js';

/**
 * Settings of the orchestrator, each from one environment variable (those of rooms: rooms/room-settings.ts):
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_ORCHESTRATOR_ID | id of this member | required |
 * | CHROOM_ORCHESTRATOR_SIGNER_KEY | its registered secp256k1 key; signs the announcement; or _SIGNER_KEY_FILE | required |
 * | CHROOM_ORCHESTRATOR_SIGNER_KEY_FILE | a file with one such key a line; signs with the one that the chain names for the epoch, and is read again when it names one that is not there | |
 * | CHROOM_ORCHESTRATOR_HOST | address to listen on | 127.0.0.1 |
 * | CHROOM_ORCHESTRATOR_PORT | TCP port of signalling, server API and admin API, 0 = chosen by the system | 7880 |
 * | CHROOM_ORCHESTRATOR_PUBLIC_URL | where clients connect, for the announcement | ws://HOST:PORT |
 * | CHROOM_ORCHESTRATOR_DATABASE_URL | postgres:// URL of the orchestrator's own database | required |
 * | CHROOM_ORCHESTRATOR_REDIS_URL | redis://, rediss:// or unix:// URL of its own Redis | required |
 * | CHROOM_ORCHESTRATOR_DATA_DIR | folder of the TLS key | required |
 * | CHROOM_REGION | region of this orchestrator and of the nodes it prefers | none |
 * | CHROOM_REGISTRY_URL | http(s) URL of the registry | required |
 * | CHROOM_RPC_URL, CHROOM_CHAIN_ID | the chain that names the members | required, 31337 |
 * | CHROOM_CORE_ADDRESS | ChroomCore; all else is read from it | required |
 * | CHROOM_CORE_BLOCK | block of its deployment; no event is read before it | 0 |
 * | CHROOM_CHAIN_CONFIRMATIONS | blocks above an event until it counts | 2 |
 * | CHROOM_SECRETS_KEY | 32 bytes in base64; encrypts API secrets in the database | required |
 * | CHROOM_ADMIN_TOKEN | bearer token of the admin API, 16 characters or more | required |
 * | CHROOM_BOOTSTRAP_API_KEY | API key that exists from the first start | none |
 * | CHROOM_BOOTSTRAP_API_SECRET | its secret, 32 characters or more | none |
 * | CHROOM_LOG_LEVEL | debug, info, warn, error or silent | info |
 */
export class OrchestratorSettings {
  readonly memberId: bigint;
  readonly signerKeys: MemberKeys;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly region: string;
  readonly registryUrl: string;
  readonly network: NetworkSettings;
  readonly secretsKey: Uint8Array;
  readonly adminToken: string;
  readonly bootstrapKey: { readonly apiKey: string; readonly apiSecret: string } | undefined;
  readonly logLevel: LogLevel;

  /** @throws ChroomError SETTING_INVALID that names the variable. */
  static fromEnvironment(environment: Environment): OrchestratorSettings {
    const read = new SettingsReader(environment);
    const host = read.text('CHROOM_ORCHESTRATOR_HOST', { fallback: '127.0.0.1', maxLength: 255 });
    const port = read.integer('CHROOM_ORCHESTRATOR_PORT', { min: 0, max: 65_535, fallback: 7880 });
    return Object.assign(new OrchestratorSettings(), {
      memberId: read.bigint('CHROOM_ORCHESTRATOR_ID', { min: 1n, max: 2n ** 64n - 1n }),
      signerKeys: MemberKeys.fromSettings(read, 'CHROOM_ORCHESTRATOR_SIGNER_KEY'),
      host,
      port,
      publicUrl: environment.CHROOM_ORCHESTRATOR_PUBLIC_URL
        ? read.url('CHROOM_ORCHESTRATOR_PUBLIC_URL', { protocols: ['ws:', 'wss:', 'http:', 'https:'] })
        : undefined,
      databaseUrl: read.text(kDatabaseUrlVariable, {
        pattern: /^postgres(ql)?:\/\//,
        expected: 'a URL that begins with postgres://',
      }),
      redisUrl: read.text(kRedisUrlVariable, {
        pattern: /^(rediss?|unix):\/\//,
        expected: 'a URL that begins with redis://, rediss:// or unix://',
      }),
      dataDir: read.text('CHROOM_ORCHESTRATOR_DATA_DIR', { expected: 'the path of a folder' }),
      region: read.text('CHROOM_REGION', { fallback: '', maxLength: 64 }),
      registryUrl: read.url('CHROOM_REGISTRY_URL', { protocols: ['http:', 'https:'] }),
      network: readNetworkSettings(read),
      secretsKey: readSecretsKey(environment),
      adminToken: readAdminToken(environment),
      bootstrapKey: readBootstrapKey(environment),
      logLevel: read.oneOf('CHROOM_LOG_LEVEL', LOG_LEVELS, 'info'),
    });
  }
}

export const kRedisUrlVariable = 'CHROOM_ORCHESTRATOR_REDIS_URL';
const kShortestAdminTokenChars = 16;
const kShortestApiSecretChars = 32;

/** The values of secret settings never appear in an error. */
function readSecretsKey(environment: Environment): Uint8Array {
  const text = environment.CHROOM_SECRETS_KEY ?? '';
  const key = Buffer.from(text, 'base64');
  if (key.length === 32 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return key;
  const got = text === '' ? 'nothing' : `${text.length} characters`;
  throw invalid('CHROOM_SECRETS_KEY', '32 random bytes in base64 (openssl rand -base64 32)', got);
}

function readAdminToken(environment: Environment): string {
  const token = environment.CHROOM_ADMIN_TOKEN ?? '';
  if (token.length >= kShortestAdminTokenChars) return token;
  throw invalid('CHROOM_ADMIN_TOKEN', `${kShortestAdminTokenChars} characters or more`, `${token.length} characters`);
}

function readBootstrapKey(environment: Environment): OrchestratorSettings['bootstrapKey'] {
  const apiKey = environment.CHROOM_BOOTSTRAP_API_KEY ?? '';
  const apiSecret = environment.CHROOM_BOOTSTRAP_API_SECRET ?? '';
  if (apiKey === '' && apiSecret === '') return undefined;
  if (!/^[A-Za-z0-9_-]{3,64}$/.test(apiKey)) {
    throw invalid('CHROOM_BOOTSTRAP_API_KEY', '3 to 64 letters, digits, - or _', `${apiKey.length} characters`);
  }
  if (apiSecret.length < kShortestApiSecretChars) {
    const expected = `${kShortestApiSecretChars} characters or more`;
    throw invalid('CHROOM_BOOTSTRAP_API_SECRET', expected, `${apiSecret.length} characters`);
  }
  return { apiKey, apiSecret };
}

function invalid(name: string, expected: string, got: string): ChroomError {
  return new ChroomError('SETTING_INVALID', `${name}: expected ${expected}, got ${got}. Set it and start again.`);
}
