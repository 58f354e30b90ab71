import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { openChain, readContracts } from '@chroom/chain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { portOffsets } from '../../tools/network/options.mjs';
import { repositoryRoot } from '../../tools/setup/repository.mjs';
import { freePortBase } from '../network/free-ports';
import { until } from '../until';

const readyKeys = [
  'livekitUrl',
  'apiKey',
  'apiSecret',
  'adminUrl',
  'adminToken',
  'registryUrl',
  'consoleUrl',
  'settlementUrl',
  'rpcUrl',
  'chainId',
  'contracts',
  'nodes',
];
const warmStartMs = 60_000;
const largestIdleNodeBytes = 120 * 1e6;

type Ready = Readonly<Record<string, unknown>> & {
  readonly rpcUrl: string;
  readonly contracts: Readonly<Record<'token' | 'core' | 'proofs', `0x${string}`>>;
  readonly nodes: readonly { readonly metricsUrl: string }[];
};

describe('npm start', () => {
  let dataDir: string;
  let portBase: string;
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-start-'));
    portBase = String(await freePortBase(2));
  });
  afterAll(async () => {
    for (const child of running) await end(child);
    rmSync(dataDir, { recursive: true, force: true });
  }, 30_000);

  /** tools/start.mjs as `npm start` runs it; what is installed and built stays as it is. */
  const start = (...options: string[]) => {
    const child = spawn(process.execPath, ['tools/start.mjs', ...options], {
      cwd: repositoryRoot,
      env: { ...process.env, CHROOM_SKIP_PACKAGES: '1', CHROOM_SKIP_BUILDS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    const output = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text));
    return { child, output };
  };
  const ready = async ({ child, output }: ReturnType<typeof start>): Promise<Ready> => {
    const line = await until(
      'the line READY',
      () => {
        if (child.exitCode !== null) throw new Error(output.err);
        return /^READY (\{.*\})$/m.exec(output.out)?.[1];
      },
      warmStartMs,
    );
    return JSON.parse(line);
  };
  const refusal = async (...options: string[]) => {
    const { child, output } = start(...options);
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    return { code, text: output.err };
  };
  const network = () => ['--data', dataDir, '--port-base', portBase];
  const admin = async <T>(route: string, request: RequestInit = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${first.adminToken}`, 'content-type': 'application/json' };
    const response = await fetch(`${first.adminUrl}/${route}`, { ...request, headers });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<T>;
  };
  let first: Ready;
  let project: unknown;
  let process_: ReturnType<typeof start>;

  it('prints where everything is, and it answers', async () => {
    process_ = start(...network());
    first = await ready(process_);
    expect(Object.keys(first)).toEqual(expect.arrayContaining(readyKeys));
    expect(first.nodes).toHaveLength(2);
    expect(Object.keys(first.nodes[0] ?? {})).toEqual(['id', 'controlUrl', 'metricsUrl', 'udpPorts', 'tcpPort']);
    expect((await fetch(String(first.consoleUrl))).status).toBe(200);
    expect((await fetch(`${first.settlementUrl}/health/ready`)).status).toBe(200);
    const client = await openChain({ rpcUrl: first.rpcUrl, chainId: Number(first.chainId) });
    expect(await readContracts(client, first.contracts.core)).toEqual({ ...first.contracts, chainId: first.chainId });
    expect((await admin<{ items: unknown[] }>('nodes')).items).toHaveLength(2);
  }, 90_000);

  it('runs idle media nodes in little memory', async () => {
    for (const { metricsUrl } of first.nodes) {
      const text = await (await fetch(metricsUrl)).text();
      const residentBytes = Number(/^process_resident_memory_bytes\{[^}]*\} (\S+)$/m.exec(text)?.[1]);
      expect(residentBytes).toBeGreaterThan(0);
      expect(residentBytes).toBeLessThanOrEqual(largestIdleNodeBytes);
    }
  });

  it('lets calls go before settlement', () => {
    const priorityOf = (entry: string) => {
      const ids = descendants(process_.child.pid ?? 0).filter((id) => commandOf(id).includes(entry));
      return ids.map((id) => os.getPriority(id));
    };
    expect(priorityOf('apps/orchestrator/build/main.mjs')).toEqual([os.getPriority()]);
    expect(priorityOf('apps/settlement/build/main.mjs')).toEqual([os.constants.priority.PRIORITY_BELOW_NORMAL]);
  });

  it('keeps a project that is made through its admin API', async () => {
    const body = JSON.stringify({ name: 'kept over a restart' });
    project = await admin('projects', { method: 'POST', body });
    expect(project).toMatchObject({ name: 'kept over a restart' });
  });

  it('refuses a second network on the same folder, and says what to do', async () => {
    const { code, text } = await refusal(...network());
    expect(code).toBe(1);
    expect(text).toMatch(/ALREADY_EXISTS: a network \(process \d+\) runs on .*--data.*--port-base/);
  }, 60_000);

  it('refuses ports that others have, and names them', async () => {
    const base = await freePortBase(2);
    const registryPort = base + portOffsets.registry;
    const other = createServer().listen(registryPort, '127.0.0.1');
    await once(other, 'listening');
    const folder = mkdtempSync(path.join(tmpdir(), 'chroom-taken-'));
    try {
      const { code, text } = await refusal('--data', folder, '--port-base', String(base));
      expect(code).toBe(1);
      expect(text).toContain(`${registryPort}/tcp (registry)`);
      expect(text).toMatch(/^PORT_TAKEN: .*--port-base/m);
    } finally {
      other.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('SIGINT ends every process of it', async () => {
    const family = descendants(process_.child.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(8);
    process_.child.kill('SIGINT');
    const [code] = await once(process_.child, 'exit');
    expect(code).toBe(0);
    expect(family.filter(isAlive)).toEqual([]);
  }, 30_000);

  it('starts on the same folder again as the same network, with what was in it', async () => {
    const again = start(...network());
    expect(await ready(again)).toEqual(first);
    expect((await admin<{ items: unknown[] }>('projects')).items).toContainEqual(project);
    await end(again.child);
  }, 90_000);

  it.each([
    ['an unknown option', ['--colour', 'blue'], /INVALID_ARGUMENT: Unknown option '--colour'/],
    ['a port that is none', ['--port-base', '80x'], /INVALID_ARGUMENT: --port-base expects an integer from 1024/],
    ['too many nodes', ['--nodes', '9'], /INVALID_ARGUMENT: --nodes expects an integer from 1 to 8, received "9"/],
    ['what is not built yet', ['--orchestrators', '2'], /UNIMPLEMENTED: --orchestrators 2/],
  ])('refuses %s', async (_, options, text) => {
    const refused = await refusal(...options);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(text);
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  await once(child, 'exit');
}

/** Process ids of all children of `pid` and theirs. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry));
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  const found = [pid];
  for (const ancestor of found) for (const [child, parent] of parents) if (parent === ancestor) found.push(child);
  return found.slice(1);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined; // it ended while we were looking
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
