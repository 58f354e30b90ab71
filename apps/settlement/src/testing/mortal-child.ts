import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SettlementSettings } from '../configuration/settlement-settings.js';
import type { CrashPoint } from '../sending/crash-points.js';

export interface MortalChild {
  readonly url: string;
  readonly isAlive: boolean;
  /** SIGKILL, unless it is dead already. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('../../dist/testing/mortal-settlement.js', import.meta.url));

/** Starts settlement from the built files; it dies by itself at the `after`-th time of the point. */
export async function startMortal(
  settings: SettlementSettings,
  clockFile: string,
  death?: { readonly point: CrashPoint; readonly after: number },
): Promise<MortalChild | undefined> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...environmentOf(settings, clockFile), ...deathIn(death) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await Promise.race([readyUrl(child), end.then(() => undefined)]);
  if (url === undefined) return undefined;
  return {
    url,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    async kill() {
      child.kill('SIGKILL');
      await end;
    },
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stderr!.resume();
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const url = /READY (\S+)\n/.exec(text)?.[1];
      if (url) resolve(url);
    });
  });
}

function deathIn(death: { point: CrashPoint; after: number } | undefined): Record<string, string> {
  return death ? { CHROOM_SPEC_CRASH_POINT: death.point, CHROOM_SPEC_CRASH_AFTER: String(death.after) } : {};
}

function environmentOf(settings: SettlementSettings, clockFile: string): Record<string, string> {
  const pairs = (map: ReadonlyMap<bigint, string>) => [...map].map(([id, value]) => `${id}=${value}`).join(',');
  return {
    CHROOM_SPEC_CLOCK_FILE: clockFile,
    CHROOM_SETTLEMENT_PORT: '0',
    CHROOM_SETTLEMENT_DATABASE_URL: settings.databaseUrl,
    CHROOM_SETTLEMENT_REDIS_URL: settings.redisUrl,
    CHROOM_RPC_URL: settings.rpcUrl,
    CHROOM_CHAIN_ID: String(settings.chainId),
    CHROOM_CORE_ADDRESS: settings.core,
    CHROOM_SETTLEMENT_OPERATOR_TOKEN: settings.operatorToken,
    CHROOM_SETTLEMENT_SENDER_KEY: settings.senderKey,
    CHROOM_SETTLEMENT_NODE_KEYS: pairs(settings.nodeKeys),
    CHROOM_SETTLEMENT_ORCHESTRATORS: pairs(settings.orchestratorUrls),
    CHROOM_SETTLEMENT_CONFIRMATIONS: String(settings.confirmations),
    CHROOM_SETTLEMENT_TICK_MS: String(settings.tickMs),
    CHROOM_SETTLEMENT_BUMP_AFTER_SEC: String(settings.bumpAfterMs / 1000),
    CHROOM_LOG_LEVEL: 'silent',
  };
}
