import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { openChain, readContracts, readNetworkSettings } from '@chroom/chain';
import { probeDatabase } from '@chroom/database';
import { type Environment, SettingsReader } from '@chroom/protocol';
import { probeRedis } from '@chroom/queues';
import { type CheckResult, checkSetting } from './check.js';

const kHttpTimeoutMs = 3_000;

/** What the settings in the environment name: databases, Redis, the registry, the chain, ports. */
export function serviceChecks(environment: Environment): Promise<CheckResult[]> {
  const setting = (name: string, variable: string, run: (value: string) => Promise<string>) =>
    checkSetting(name, variable, environment[variable], run);
  const host = (variable: string) => environment[variable] || '127.0.0.1';
  const tcp = (name: string, part: string) =>
    setting(name, `CHROOM_${part}_PORT`, (port) => checkTcpPort(host(`CHROOM_${part}_HOST`), Number(port)));
  return Promise.all([
    setting('orchestrator database', 'CHROOM_ORCHESTRATOR_DATABASE_URL', checkDatabase),
    setting('registry database', 'CHROOM_REGISTRY_DATABASE_URL', checkDatabase),
    setting('settlement database', 'CHROOM_SETTLEMENT_DATABASE_URL', checkDatabase),
    setting('orchestrator Redis', 'CHROOM_ORCHESTRATOR_REDIS_URL', checkRedis),
    setting('settlement Redis', 'CHROOM_SETTLEMENT_REDIS_URL', checkRedis),
    setting('registry', 'CHROOM_REGISTRY_URL', checkRegistry),
    setting('chain', 'CHROOM_RPC_URL', () => checkChain(environment)),
    tcp('orchestrator port', 'ORCHESTRATOR'),
    tcp('registry port', 'REGISTRY'),
    tcp('settlement port', 'SETTLEMENT'),
    tcp('node control port', 'NODE_CONTROL'),
    setting('node UDP port', 'CHROOM_NODE_UDP_PORT', (port) => {
      const [address = '127.0.0.1'] = (environment.CHROOM_NODE_BIND_ADDRESSES ?? '127.0.0.1').split(',');
      return checkUdpPort(address.trim(), Number(port));
    }),
  ]);
}

async function checkDatabase(url: string): Promise<string> {
  return `PostgreSQL ${await probeDatabase(url)}`;
}

async function checkRedis(url: string): Promise<string> {
  return `Redis ${await probeRedis(url)}`;
}

/** The endpoint answers, serves the chain that is meant, and has our contracts at that address. */
async function checkChain(environment: Environment): Promise<string> {
  const settings = readNetworkSettings(new SettingsReader(environment));
  const { chainId, core } = await readContracts(await openChain(settings), settings.core);
  return `chain ${chainId}, ChroomCore ${core}`;
}

async function checkRegistry(url: string): Promise<string> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(kHttpTimeoutMs) }).catch(
    (error: { cause?: { message?: string } }) => {
      throw new Error(`expected a registry at ${url}: ${error.cause?.message ?? error}`);
    },
  );
  const { status } = (await response.json()) as { status?: string };
  if (!response.ok) throw new Error(`the registry at ${url} is ${status ?? response.status}`);
  return `${status}`;
}

/** @returns when the port can be bound. */
async function checkTcpPort(host: string, port: number): Promise<string> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return `${host}:${port} is free`;
  } catch (error) {
    throw portTaken(host, port, error);
  } finally {
    server.close();
  }
}

async function checkUdpPort(host: string, port: number): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    return `${host}:${port} is free`;
  } catch (error) {
    throw portTaken(host, port, error);
  } finally {
    socket.close();
  }
}

function portTaken(host: string, port: number, error: unknown): Error {
  const { code } = error as { code?: string };
  if (code !== 'EADDRINUSE') return error as Error;
  return new Error(`${host}:${port} is in use; when that is not Chroom itself, stop it or choose another port`);
}
