import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openChain, readContracts } from '@chroom/chain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

type Ready = Readonly<Record<string, unknown>> & {
  readonly rpcUrl: string;
  readonly contracts: Readonly<Record<'token' | 'core' | 'proofs', `0x${string}`>>;
  readonly nodes: readonly Record<string, unknown>[];
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
  let first: Ready;
  let process_: ReturnType<typeof start>;

  it('prints where everything is, and it answers', async () => {
    process_ = start(...network());
    first = await ready(process_);
    expect(Object.keys(first)).toEqual(expect.arrayContaining(readyKeys));
    expect(first.nodes).toHaveLength(2);
    expect(Object.keys(first.nodes[0] ?? {})).toEqual(['id', 'controlUrl', 'udpPorts', 'tcpPort']);
    expect((await fetch(String(first.consoleUrl))).status).toBe(200);
    expect((await fetch(`${first.settlementUrl}/health/ready`)).status).toBe(200);
    const client = await openChain({ rpcUrl: first.rpcUrl, chainId: Number(first.chainId) });
    expect(await readContracts(client, first.contracts.core)).toEqual({ ...first.contracts, chainId: first.chainId });
    const nodes = await fetch(`${first.adminUrl}/nodes`, { headers: { authorization: `Bearer ${first.adminToken}` } });
    expect(((await nodes.json()) as { items: unknown[] }).items).toHaveLength(2);
  }, 90_000);

  it('refuses a second network on the same folder, and says what to do', async () => {
    const { code, text } = await refusal(...network());
    expect(code).toBe(1);
    expect(text).toMatch(/ALREADY_EXISTS: a network \(process \d+\) runs on .*--data.*--port-base/);
  }, 60_000);

  it('SIGINT ends every process of it', async () => {
    const family = descendants(process_.child.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(8);
    process_.child.kill('SIGINT');
    const [code] = await once(process_.child, 'exit');
    expect(code).toBe(0);
    expect(family.filter(isAlive)).toEqual([]);
  }, 30_000);

  it('starts on the same folder again as the same network', async () => {
    const again = start(...network());
    expect(await ready(again)).toEqual(first);
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
