// Databases and queues of a network: embedded, unless a URL in the environment names a real one.
import path from 'node:path';
import { ensureParty, startPostgres } from '../embedded/postgres.mjs';
import { startRedis } from '../embedded/redis.mjs';
import { startPlace } from './places.mjs';
import { databaseParties } from './secrets.mjs';

/**
 * Every party has its own database and a role that reaches no other.
 * @returns {Promise<{postgres?: object, urls: Record<string, string>}>} URL by party
 */
export async function startDatabases({ options, secrets, env, places, onStep }) {
  const urls = Object.fromEntries(databaseParties.map((party) => [party, env[databaseVariable(party)]]));
  const embedded = databaseParties.filter((party) => !urls[party]);
  if (embedded.length === 0) return { urls };
  onStep('PostgreSQL');
  const dataDir = path.join(options.dataDir, 'postgres');
  const postgres = await startPlace(places, 'database', () => startPostgres({ dataDir }));
  for (const party of embedded) {
    const password = secrets.databasePasswords[party];
    const role = `chroom_${party}`;
    await ensureParty(postgres.adminUrl, { role, password, database: role });
    urls[party] = postgres.url(role, password, role);
  }
  return { postgres, urls };
}

/**
 * Parties share no Redis.
 * @param {'orchestrator' | 'settlement'} party
 * @returns {Promise<{redis?: object, url: string}>}
 */
export async function startQueue({ options, env, places, onStep }, party) {
  const given = env[`CHROOM_${party.toUpperCase()}_REDIS_URL`];
  if (given) return { url: given };
  onStep(`Redis of ${party}`);
  const dataDir = path.join(options.dataDir, queueFolders[party]);
  const redis = await startPlace(places, 'queue', () => startRedis({ dataDir }));
  return { redis, url: redis.url };
}

const queueFolders = { orchestrator: 'redis', settlement: 'redis-settlement' };

function databaseVariable(party) {
  return `CHROOM_${party.toUpperCase()}_DATABASE_URL`;
}
