import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { type FollowedNetwork, followNetwork, measureNetwork, SqlFollowerStore } from '@chroom/chain/network';
import { openPartyDatabase } from '@chroom/database';
import type { MemberDirectory } from '@chroom/protocol';
import { createMetrics, healthHandler, type Logger, metricsHandler, ProcessHealth } from '@chroom/telemetry';
import { CodedErrorsFilter, nestLogger } from '@chroom/telemetry/nest';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AcceptAnnouncement } from './announcements/accept-announcement.js';
import { Watchers } from './discovery/watchers.js';
import { serveOpenApi } from './http/open-api.js';
import { RegistryMetrics } from './http/registry-metrics.js';
import { RequestRate } from './http/request-rate.js';
import { registryModule } from './registry.module.js';
import { type RegistryClock, systemRegistryClock } from './roster/registry-clock.js';
import { Roster } from './roster/roster.js';
import { DATABASE_URL_VARIABLE, type RegistrySettings } from './settings.js';
import { CreateAnnouncements1763856000000 } from './storage/1763856000000-create-announcements.migration.js';
import { CreateChainSnapshot1764324000000 } from './storage/1764324000000-create-chain-snapshot.migration.js';
import { AnnouncementLogRow, LatestAnnouncement } from './storage/announcement.entity.js';
import { PostgresAnnouncementStore } from './storage/announcement-store.js';

export interface RunningRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** More than the largest announcement. */
const BODY_MAX_BYTES = 16 * 1024;
const SWEEP_INTERVAL_MS = 250;
const FLUSH_INTERVAL_MS = 1000;
const TRIM_INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What specs put in the place of the real thing. */
export interface StartOptions {
  /** Instead of the one of the settings; whoever opened it closes it. */
  readonly network?: FollowedNetwork;
  readonly clock?: RegistryClock;
}

/**
 * @throws ChroomError that names the variable: DATABASE_UNAVAILABLE, CHAIN_WRONG, or CHAIN_UNAVAILABLE when the chain has
 * never been read
 */
export async function startRegistry(
  settings: RegistrySettings,
  logger: Logger,
  options: StartOptions = {},
): Promise<RunningRegistry> {
  const { clock = systemRegistryClock } = options;
  const health = new ProcessHealth();
  const source = await openPartyDatabase({
    party: 'registry',
    url: settings.databaseUrl,
    urlVariable: DATABASE_URL_VARIABLE,
    entities: [LatestAnnouncement, AnnouncementLogRow],
    migrations: [CreateAnnouncements1763856000000, CreateChainSnapshot1764324000000],
    onConnectionLost: (error) => logger.warn('a database connection was lost', { error }),
  });
  const network =
    options.network ??
    (await followNetwork(settings.network, { store: new SqlFollowerStore(source), logger }).catch(async (error) => {
      await source.destroy();
      throw error;
    }));
  const { directory } = network;
  health.check('chain', network.problem);
  const store = new PostgresAnnouncementStore(source, (isDown, error) => {
    if (isDown)
      logger.warn('the database does not answer; serving from memory', { variable: DATABASE_URL_VARIABLE, error });
    else logger.info('the database answers again; announcements are stored');
  });
  const roster = new Roster(clock);
  const watchers = new Watchers(roster, settings.watchersMax);
  const chainId = BigInt(settings.network.chainId);
  const acceptAnnouncement = new AcceptAnnouncement({ chainId, directory, roster, store, clock });
  logger.info('announcements restored', { members: await acceptAnnouncement.restore() });
  health.check('database', () =>
    store.waiting > 0 ? `${store.waiting} announcements wait for the database (${DATABASE_URL_VARIABLE})` : undefined,
  );

  const metricsRegistry = createMetrics('registry');
  const metrics = new RegistryMetrics(metricsRegistry, roster, watchers, store);
  measureNetwork(metricsRegistry, network);
  const module = registryModule({ directory, roster, acceptAnnouncement, watchers, metrics });
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: nestLogger(logger),
  });
  app.disable('x-powered-by');
  app.use(new RequestRate(settings.requestsPerSecond, () => clock.monotonicMs()).middleware);
  app.useBodyParser('json', { limit: BODY_MAX_BYTES });
  app.use('/metrics', metricsHandler(metricsRegistry));
  app.use('/health', healthHandler(health));
  app.useGlobalFilters(new CodedErrorsFilter(logger, BODY_MAX_BYTES));
  serveOpenApi(app);
  const endTimers = startTimers({ roster, store, directory, settings, clock, logger });
  await app.listen(settings.port, settings.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      health.beginStop();
      endTimers();
      watchers.endAll();
      const closed = app.close();
      // Kept-alive connections would hold the stop up.
      app.getHttpServer().closeAllConnections();
      await closed;
      if (!options.network) await network.close();
      await store.flush();
      await source.destroy();
    },
  };
}

interface TimedParts {
  readonly roster: Roster;
  readonly store: PostgresAnnouncementStore;
  readonly directory: MemberDirectory;
  readonly settings: RegistrySettings;
  readonly clock: RegistryClock;
  readonly logger: Logger;
}

function startTimers({ roster, store, directory, settings, clock, logger }: TimedParts): () => void {
  const trim = () => {
    store
      .deleteLogBefore(clock.nowMs() - settings.logDays * DAY_MS)
      .catch((error: unknown) => logger.warn('old announcements could not be deleted', { error }));
  };
  const flush = () => {
    store.flush().catch((error: unknown) => logger.error('announcements could not be stored', { error }));
  };
  trim();
  const timers = [
    setInterval(() => roster.sweep(), SWEEP_INTERVAL_MS),
    setInterval(flush, FLUSH_INTERVAL_MS),
    setInterval(trim, TRIM_INTERVAL_MS),
  ];
  const unsubscribe = directory.onChange(() => removeInactive(roster, directory));
  return () => {
    for (const timer of timers) clearInterval(timer);
    unsubscribe();
  };
}

/** Members that left are gone with the epoch in which they did. */
function removeInactive(roster: Roster, directory: MemberDirectory): void {
  for (const kind of ['node', 'orchestrator'] as const) {
    for (const { id } of roster.list(kind)) {
      if (directory.find(id)?.active !== true) roster.remove(id);
    }
  }
}
