import { availableParallelism } from 'node:os';
import { type NetworkSettings, readNetworkSettings } from '@chroom/chain/network';
import {
  type Capacity,
  type Environment,
  type MemberId,
  MemberKeys,
  memberId,
  SettingsReader,
  U64_MAX,
} from '@chroom/protocol';
import { LOG_LEVELS, type LogLevel } from '@chroom/telemetry';
import type { UnsignedLimits } from './receipts/unsigned-service.js';

/**
 * Settings of a media node, each from one environment variable:
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_NODE_ID | member id, as registered | required |
 * | CHROOM_NODE_SIGNER_KEY | the member's secp256k1 private key, 0x and 64 digits; or _SIGNER_KEY_FILE | required |
 * | CHROOM_NODE_SIGNER_KEY_FILE | a file with one such key a line; signs with the one that the chain names for the epoch, and is read again when it names one that is not there | |
 * | CHROOM_NODE_DATA_DIR | folder of the TLS identity, and of what is known of the chain | required |
 * | CHROOM_NODE_CONTROL_HOST | address of the control API | 127.0.0.1 |
 * | CHROOM_NODE_CONTROL_PORT | TCP port of the control API, 0 = chosen by the system | 0 |
 * | CHROOM_NODE_CONTROL_URL | control API as orchestrators reach it | https://host:port of the above |
 * | CHROOM_NODE_METRICS_HOST | address of /metrics and /health | 127.0.0.1 |
 * | CHROOM_NODE_METRICS_PORT | their TCP port, 0 = chosen by the system | 0 |
 * | CHROOM_NODE_UDP_PORT | UDP port of the first worker, the others follow; 0 = chosen by the system | 0 |
 * | CHROOM_NODE_WORKERS | worker threads, 1..64 | processors - 1, at least 1 |
 * | CHROOM_NODE_WORKER_CPUS | processors to bind the workers to, 0..64, comma between, in order (docs/workers.md) | the system's choice |
 * | CHROOM_NODE_LARGE_ROOM_SESSIONS | a room may use another worker for every so many sessions | 64 |
 * | CHROOM_NODE_BIND_ADDRESSES | addresses to bind, 1..4, comma between | 127.0.0.1 |
 * | CHROOM_NODE_ADVERTISED_ADDRESSES | addresses in candidates instead, 0..4, comma between | the bound ones |
 * | CHROOM_NODE_REGION | hint for placement, such as eu-central | empty |
 * | CHROOM_NODE_EGRESS_BPS | bits per second that may be leased | 1000000000 |
 * | CHROOM_NODE_PACKETS_PER_SECOND | packets per second that may be leased | 400000 |
 * | CHROOM_NODE_SESSIONS | sessions that may be leased | 1000 |
 * | CHROOM_NODE_DISK_MARK_PERCENT | a disk that is filled above this takes the capacity away, 1..100 (100: never) | 90 |
 * | CHROOM_NODE_DISK_FOLDERS | folders whose disks count, 1..8, comma between, such as that of settlement's database | the data folder |
 * | CHROOM_NODE_SETTLEMENT_URL | settlement of this node's operator, which gets its receipts | none: receipts are not wanted |
 * | CHROOM_NODE_SETTLEMENT_TOKEN | its operator token | required with the URL |
 * | CHROOM_NODE_UNSIGNED_MAX_SEC | served without receipts so long, an orchestrator gets no new sessions if it is also | 300 |
 * | CHROOM_NODE_UNSIGNED_MAX_VALUE | worth so much, in the smallest unit of the token | 10^16 (0.01 token) |
 * | CHROOM_NODE_EXPECTED_PRICE_PER_GIB | price of a GiB until the first receipt of an orchestrator names one | 10^16 |
 * | CHROOM_NODE_FUND_MIN | smallest fund, less what is reserved or announced to leave, of an orchestrator that gets new sessions; looked at with the settlement only, 0: never | 10^18 (1 token, 100 GiB at the price above) |
 * | CHROOM_REGISTRY_URL | the registry | required |
 * | CHROOM_RPC_URL, CHROOM_CHAIN_ID | the chain that names the members | required, 31337 |
 * | CHROOM_CORE_ADDRESS | ChroomCore; all else is read from it | required |
 * | CHROOM_CORE_BLOCK | block of its deployment; no event is read before it | 0 |
 * | CHROOM_CHAIN_CONFIRMATIONS | blocks above an event until it counts | 2 |
 * | CHROOM_LOG_LEVEL | debug, info, warn, error or silent | info |
 */
export interface MediaNodeSettings {
  readonly id: MemberId;
  readonly signerKeys: MemberKeys;
  readonly dataDir: string;
  readonly controlHost: string;
  readonly controlPort: number;
  readonly controlUrl: string | undefined;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly udpPort: number;
  readonly workerCpus: readonly number[];
  readonly largeRoomSessions: number;
  readonly bindAddresses: readonly string[];
  readonly advertisedAddresses: readonly string[];
  readonly region: string;
  readonly capacity: Capacity;
  readonly disk: { readonly folders: readonly string[]; readonly markPercent: number };
  readonly settlement: SettlementSettings | undefined;
  readonly registryUrl: string;
  readonly network: NetworkSettings;
  readonly logLevel: LogLevel;
}

/** The operator's settlement, and what the node does for orchestrators that do not sign for it. */
export interface SettlementSettings {
  readonly url: string;
  readonly token: string;
  readonly unsigned: UnsignedLimits;
  /** Smallest token units; 0: funds are not looked at. */
  readonly minFund: bigint;
}

const u96Max = 2n ** 96n - 1n;
const port = { min: 0, max: 65_535, fallback: 0 };
const cpus = { max: 64, pattern: /^\d{1,4}$/, expected: 'the number of a processor', fallback: [] };
const folders = { min: 1, max: 8, pattern: /^[^\0]{1,4096}$/, expected: 'the path of a folder' };
const addresses = { max: 4, pattern: /^[0-9a-fA-F.:]+$/, expected: 'an IPv4 or IPv6 address' };

/** @throws ChroomError SETTING_INVALID that names the variable. */
export function readMediaNodeSettings(environment: Environment): MediaNodeSettings {
  const read = new SettingsReader(environment);
  const host = { fallback: '127.0.0.1', maxLength: 255 };
  const url = { protocols: ['https:'] };
  const dataDir = read.text('CHROOM_NODE_DATA_DIR', { expected: 'the path of a folder' });
  return {
    id: memberId(read.bigint('CHROOM_NODE_ID', { min: 1n, max: U64_MAX })),
    signerKeys: MemberKeys.fromSettings(read, 'CHROOM_NODE_SIGNER_KEY'),
    dataDir,
    controlHost: read.text('CHROOM_NODE_CONTROL_HOST', host),
    controlPort: read.integer('CHROOM_NODE_CONTROL_PORT', port),
    controlUrl: environment.CHROOM_NODE_CONTROL_URL ? read.url('CHROOM_NODE_CONTROL_URL', url) : undefined,
    metricsHost: read.text('CHROOM_NODE_METRICS_HOST', host),
    metricsPort: read.integer('CHROOM_NODE_METRICS_PORT', port),
    udpPort: read.integer('CHROOM_NODE_UDP_PORT', port),
    workerCpus: read.list('CHROOM_NODE_WORKER_CPUS', cpus).map(Number),
    largeRoomSessions: read.integer('CHROOM_NODE_LARGE_ROOM_SESSIONS', { min: 1, max: 100_000, fallback: 64 }),
    bindAddresses: read.list('CHROOM_NODE_BIND_ADDRESSES', { ...addresses, min: 1, fallback: ['127.0.0.1'] }),
    advertisedAddresses: read.list('CHROOM_NODE_ADVERTISED_ADDRESSES', { ...addresses, fallback: [] }),
    region: read.text('CHROOM_NODE_REGION', { fallback: '', maxLength: 64, pattern: /^[a-z0-9-]*$/ }),
    capacity: readCapacity(read),
    disk: {
      folders: read.list('CHROOM_NODE_DISK_FOLDERS', { ...folders, fallback: [dataDir] }),
      markPercent: read.integer('CHROOM_NODE_DISK_MARK_PERCENT', { min: 1, max: 100, fallback: 90 }),
    },
    settlement: readSettlement(read),
    registryUrl: read.url('CHROOM_REGISTRY_URL', { protocols: ['http:', 'https:'] }),
    network: readNetworkSettings(read),
    logLevel: read.oneOf('CHROOM_LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}

function readSettlement(read: SettingsReader): SettlementSettings | undefined {
  if (!read.optionalText('CHROOM_NODE_SETTLEMENT_URL')) return undefined;
  return {
    url: read.url('CHROOM_NODE_SETTLEMENT_URL', { protocols: ['http:', 'https:'] }),
    token: read.secret('CHROOM_NODE_SETTLEMENT_TOKEN'),
    unsigned: {
      maxMs: read.integer('CHROOM_NODE_UNSIGNED_MAX_SEC', { min: 10, max: 86_400, fallback: 300 }) * 1000,
      maxValue: read.bigint('CHROOM_NODE_UNSIGNED_MAX_VALUE', { min: 0n, max: u96Max, fallback: 10n ** 16n }),
      expectedPricePerGiB: read.bigint('CHROOM_NODE_EXPECTED_PRICE_PER_GIB', {
        min: 0n,
        max: u96Max,
        fallback: 10n ** 16n,
      }),
    },
    minFund: read.bigint('CHROOM_NODE_FUND_MIN', { min: 0n, max: u96Max, fallback: 10n ** 18n }),
  };
}

function readCapacity(read: SettingsReader): Capacity {
  const most = 10n ** 15n;
  return {
    egressBps: read.bigint('CHROOM_NODE_EGRESS_BPS', { min: 1n, max: most, fallback: 1_000_000_000n }),
    packetsPerSecond: read.bigint('CHROOM_NODE_PACKETS_PER_SECOND', { min: 1n, max: most, fallback: 400_000n }),
    sessions: read.integer('CHROOM_NODE_SESSIONS', { min: 1, max: 1_000_000, fallback: 1000 }),
    workers: read.integer('CHROOM_NODE_WORKERS', {
      min: 1,
      max: 64,
      fallback: Math.min(64, Math.max(1, availableParallelism() - 1)),
    }),
  };
}
