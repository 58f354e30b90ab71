import { ChroomError, type Environment, type Hex, MemberKeys, SettingsReader } from '@chroom/protocol';
import { LOG_LEVELS, type LogLevel } from '@chroom/telemetry';
import type { Address } from 'viem';
import { openKeystore } from './keystore.js';

/**
 * Settings of settlement, each from one environment variable:
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_SETTLEMENT_HOST, _PORT | where it listens; port 0 = chosen by the system | 127.0.0.1, 7890 |
 * | CHROOM_SETTLEMENT_DATABASE_URL | postgres:// URL of its own database | required |
 * | CHROOM_SETTLEMENT_REDIS_URL | redis:// or unix:// URL of its own Redis | required |
 * | CHROOM_RPC_URL, CHROOM_CHAIN_ID | the chain | required, 31337 |
 * | CHROOM_CORE_ADDRESS | ChroomCore; all else is read from it | required |
 * | CHROOM_SETTLEMENT_OPERATOR_TOKEN | Bearer token of the operator's nodes, at least 16 characters | required |
 * | CHROOM_SETTLEMENT_READER_TOKEN | Bearer token that may read statements and nothing else | nobody but the operator |
 * | CHROOM_SETTLEMENT_SENDER_KEY | account that sends and owns the nodes; or _SENDER_KEYSTORE, a file | required |
 * | CHROOM_SETTLEMENT_NODE_KEY_FILES | id=file of the operator's nodes: the files that the nodes sign from (docs/keys.md) | required, or |
 * | CHROOM_SETTLEMENT_NODE_KEYS | id=key: one key for all epochs; or _NODE_KEYSTORES, id=file | |
 * | CHROOM_SETTLEMENT_KEYSTORE_PASSWORD | opens the files above | with files |
 * | CHROOM_SETTLEMENT_ORCHESTRATORS | id=URL of co-signers | none: all batches are solo |
 * | CHROOM_SETTLEMENT_CONFIRMATIONS | blocks behind the head that count as decided | 4 |
 * | CHROOM_SETTLEMENT_SEAL_DELAY_SEC | wait for late receipts after an epoch | a 20th of the epoch, 8 to 600 |
 * | CHROOM_SETTLEMENT_RETRY_GRACE_SEC | nothing is sealed for so long after a start and after a time without chain or database: orchestrators come again after up to CHROOM_RECEIPT_RETRY_MAX_SEC | 75 |
 * | CHROOM_SETTLEMENT_BUMP_AFTER_SEC | a transaction that is not in a block by then pays more | 60 |
 * | CHROOM_SETTLEMENT_MAX_FEE_GWEI | never pays more per gas | 500 |
 * | CHROOM_SETTLEMENT_CLAIM_MINIMUM | smallest token units worth a claim | 1 |
 * | CHROOM_SETTLEMENT_TICK_MS | how often the relay looks for work | 1000 |
 * | CHROOM_LOG_LEVEL | debug, info, warn, error or silent | info |
 */
export interface SettlementSettings {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly core: Address;
  readonly operatorToken: string;
  readonly readerToken: string | undefined;
  readonly senderKey: Hex;
  /** Of each of the operator's nodes; a batch is signed by the one that the chain names for its epoch. */
  readonly nodeKeys: ReadonlyMap<bigint, MemberKeys>;
  readonly orchestratorUrls: ReadonlyMap<bigint, string>;
  readonly confirmations: bigint;
  /** undefined: derived from the length of the epoch. */
  readonly sealDelaySec: number | undefined;
  /** For receipts that could not be delivered; longer than orchestrators pause between tries. */
  readonly retryGraceSec: number;
  readonly bumpAfterMs: number;
  readonly maxFeePerGasWei: bigint;
  readonly claimMinimum: bigint;
  readonly tickMs: number;
  readonly logLevel: LogLevel;
}

export const databaseUrlVariable = 'CHROOM_SETTLEMENT_DATABASE_URL';
export const redisUrlVariable = 'CHROOM_SETTLEMENT_REDIS_URL';

const nodesMax = 256;
const tokenRule = { pattern: /^[\x21-\x7e]{16,256}$/, expected: '16 to 256 printable characters' };
const gwei = 1_000_000_000n;

/** @throws ChroomError SETTING_INVALID, KEYSTORE_UNREADABLE or PRIVATE_FILE_EXPOSED that names the variable or file, never a key */
export function readSettlementSettings(environment: Environment): SettlementSettings {
  const read = new SettingsReader(environment);
  const sealDelay = read.optionalText('CHROOM_SETTLEMENT_SEAL_DELAY_SEC');
  return {
    host: read.text('CHROOM_SETTLEMENT_HOST', { fallback: '127.0.0.1', maxLength: 255 }),
    port: read.integer('CHROOM_SETTLEMENT_PORT', { min: 0, max: 65_535, fallback: 7890 }),
    databaseUrl: read.connectionUrl(databaseUrlVariable, { protocols: ['postgres:', 'postgresql:'] }),
    redisUrl: read.connectionUrl(redisUrlVariable, { protocols: ['redis:', 'rediss:', 'unix:'] }),
    rpcUrl: read.url('CHROOM_RPC_URL', { protocols: ['http:', 'https:'] }),
    chainId: read.integer('CHROOM_CHAIN_ID', { min: 1, max: 999_999_999_999_999, fallback: 31_337 }),
    core: read.address('CHROOM_CORE_ADDRESS'),
    operatorToken: read.text('CHROOM_SETTLEMENT_OPERATOR_TOKEN', tokenRule),
    readerToken:
      read.optionalText('CHROOM_SETTLEMENT_READER_TOKEN') && read.text('CHROOM_SETTLEMENT_READER_TOKEN', tokenRule),
    senderKey: readSenderKey(read, environment),
    nodeKeys: readNodeKeys(read, environment),
    orchestratorUrls: readOrchestrators(read),
    confirmations: read.bigint('CHROOM_SETTLEMENT_CONFIRMATIONS', { min: 1n, max: 10_000n, fallback: 4n }),
    sealDelaySec:
      sealDelay === undefined
        ? undefined
        : read.integer('CHROOM_SETTLEMENT_SEAL_DELAY_SEC', { min: 8, max: 3_600, fallback: 8 }),
    retryGraceSec: read.integer('CHROOM_SETTLEMENT_RETRY_GRACE_SEC', { min: 0, max: 3_600, fallback: 75 }),
    bumpAfterMs: read.integer('CHROOM_SETTLEMENT_BUMP_AFTER_SEC', { min: 1, max: 86_400, fallback: 60 }) * 1000,
    maxFeePerGasWei: gwei * read.bigint('CHROOM_SETTLEMENT_MAX_FEE_GWEI', { min: 1n, max: 1_000_000n, fallback: 500n }),
    claimMinimum: read.bigint('CHROOM_SETTLEMENT_CLAIM_MINIMUM', { min: 1n, max: 10n ** 19n, fallback: 1n }),
    tickMs: read.integer('CHROOM_SETTLEMENT_TICK_MS', { min: 10, max: 60_000, fallback: 1_000 }),
    logLevel: read.oneOf('CHROOM_LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}

function readSenderKey(read: SettingsReader, environment: Environment): Hex {
  const file = read.optionalText('CHROOM_SETTLEMENT_SENDER_KEYSTORE');
  return file ? openKeystore(file, passwordOf(environment)) : read.privateKey('CHROOM_SETTLEMENT_SENDER_KEY');
}

function readNodeKeys(read: SettingsReader, environment: Environment): ReadonlyMap<bigint, MemberKeys> {
  const files = 'CHROOM_SETTLEMENT_NODE_KEY_FILES';
  if (read.optionalText(files)) {
    const pairs = readPairs(read, files, 'id=file');
    return new Map([...pairs].map(([id, file]) => [id, MemberKeys.ofFile(file, files)]));
  }
  const keystores = 'CHROOM_SETTLEMENT_NODE_KEYSTORES';
  if (read.optionalText(keystores)) {
    const pairs = readPairs(read, keystores, 'id=file');
    return new Map(
      [...pairs].map(([id, file]) => [id, MemberKeys.of(openKeystore(file, passwordOf(environment)), keystores)]),
    );
  }
  const variable = 'CHROOM_SETTLEMENT_NODE_KEYS';
  // Through the reader's rule for keys one by one: its list rule would show a wrong value.
  const entries = (environment[variable] ?? '').split(',').map((entry) => entry.trim());
  if (entries.length > nodesMax) throw wrongPairs(variable, 'id=key');
  return new Map(
    entries.map((entry) => {
      const [id, key] = entry.split('=');
      if (!/^[1-9][0-9]{0,18}$/.test(id ?? '')) throw wrongPairs(variable, 'id=key');
      return [BigInt(id!), MemberKeys.of(new SettingsReader({ [variable]: key }).privateKey(variable), variable)];
    }),
  );
}

function readOrchestrators(read: SettingsReader): ReadonlyMap<bigint, string> {
  const variable = 'CHROOM_SETTLEMENT_ORCHESTRATORS';
  if (!read.optionalText(variable)) return new Map();
  const pairs = readPairs(read, variable, 'id=URL');
  for (const url of pairs.values())
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw wrongPairs(variable, 'id=URL');
  return new Map([...pairs].map(([id, url]) => [id, url.replace(/\/+$/, '')]));
}

function readPairs(read: SettingsReader, variable: string, expected: string): Map<bigint, string> {
  const pairs = read.list(variable, { min: 1, max: nodesMax, pattern: /^[1-9][0-9]{0,18}=.+$/, expected });
  return new Map(pairs.map((pair) => [BigInt(pair.slice(0, pair.indexOf('='))), pair.slice(pair.indexOf('=') + 1)]));
}

function passwordOf(environment: Environment): string {
  const password = environment.CHROOM_SETTLEMENT_KEYSTORE_PASSWORD;
  if (!password)
    throw new ChroomError(
      'SETTING_INVALID',
      'CHROOM_SETTLEMENT_KEYSTORE_PASSWORD is not set: expected the password of the keystores',
    );
  return password;
}

function wrongPairs(variable: string, expected: string): ChroomError {
  return new ChroomError(
    'SETTING_INVALID',
    `${variable}: expected 1 to ${nodesMax} entries ${expected} separated by commas`,
  );
}
