import { type NetworkSettings, readNetworkSettings } from '@chroom/chain/network';
import { type Environment, SettingsReader } from '@chroom/protocol';
import { LOG_LEVELS, type LogLevel } from '@chroom/telemetry';

/**
 * Settings of the registry, each from one environment variable:
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_REGISTRY_HOST | address to listen on | 127.0.0.1 |
 * | CHROOM_REGISTRY_PORT | TCP port, 0 = chosen by the system | 7880 |
 * | CHROOM_REGISTRY_DATABASE_URL | postgres:// URL of the registry's own database | required |
 * | CHROOM_REGISTRY_LOG_DAYS | how long old announcements are kept | 30 |
 * | CHROOM_REGISTRY_REQUESTS_PER_SECOND | requests of one client address, sustained | 200 |
 * | CHROOM_REGISTRY_WATCHERS | watch streams at one time | 1000 |
 * | CHROOM_RPC_URL, CHROOM_CHAIN_ID | the chain that names the members | required, 31337 |
 * | CHROOM_CORE_ADDRESS | ChroomCore; all else is read from it | required |
 * | CHROOM_CORE_BLOCK | block of its deployment; no event is read before it | 0 |
 * | CHROOM_CHAIN_CONFIRMATIONS | blocks above an event until it counts | 2 |
 * | CHROOM_LOG_LEVEL | debug, info, warn, error or silent | info |
 */
export interface RegistrySettings {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly logDays: number;
  readonly requestsPerSecond: number;
  readonly watchersMax: number;
  readonly network: NetworkSettings;
  readonly logLevel: LogLevel;
}

export const DATABASE_URL_VARIABLE = 'CHROOM_REGISTRY_DATABASE_URL';

/** @throws ChroomError SETTING_INVALID that names the variable. */
export function readRegistrySettings(environment: Environment): RegistrySettings {
  const read = new SettingsReader(environment);
  return {
    host: read.text('CHROOM_REGISTRY_HOST', { fallback: '127.0.0.1', maxLength: 255 }),
    port: read.integer('CHROOM_REGISTRY_PORT', { min: 0, max: 65_535, fallback: 7880 }),
    databaseUrl: read.connectionUrl(DATABASE_URL_VARIABLE, { protocols: ['postgres:', 'postgresql:'] }),
    logDays: read.integer('CHROOM_REGISTRY_LOG_DAYS', { min: 1, max: 3650, fallback: 30 }),
    requestsPerSecond: read.integer('CHROOM_REGISTRY_REQUESTS_PER_SECOND', { min: 1, max: 1_000_000, fallback: 200 }),
    watchersMax: read.integer('CHROOM_REGISTRY_WATCHERS', { min: 1, max: 100_000, fallback: 1000 }),
    network: readNetworkSettings(read),
    logLevel: read.oneOf('CHROOM_LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}
