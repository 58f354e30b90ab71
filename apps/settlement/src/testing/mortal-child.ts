import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SettlementSettings } from '../configuration/settlement-settings.js';
import type { CrashPoint } from '../sending/crash-points.js';

export interface MortalChild {
  readonly url: string;
  readonly isAlive: boolean;
  /** SIGKILL, unless it is dead already. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('../../build/mortal.mjs', import.meta.url));

/** Starts settlements from the built files, which share a clock and a death that the spec writes. */
export class MortalNursery {
  private readonly clockFile: string;
  private readonly deathFile: string;
  /** Loaded, and waiting for its turn. */
  private spare: ChildProcessWithoutNullStreams | undefined;

  constructor(
    private readonly settings: SettlementSettings,
    /** id=file, as the settings have it. */
    private readonly nodeKeyFiles: string,
    folder: string,
  ) {
    this.clockFile = path.join(folder, 'clock');
    this.deathFile = path.join(folder, 'death');
  }

  setClock(nowMs: number): void {
    writeFileSync(`${this.clockFile}.next`, String(nowMs));
    renameSync(`${this.clockFile}.next`, this.clockFile);
  }

  /** Who reaches this point first dies there, once. */
  setDeath(point: CrashPoint): void {
    writeFileSync(`${this.deathFile}.next`, point);
    renameSync(`${this.deathFile}.next`, this.deathFile);
  }

  /** Whether a death is set that nobody has died. */
  get isDeathSet(): boolean {
    return existsSync(this.deathFile);
  }

  /** @returns what it wrote to its end, when it ends before it is ready */
  async start(): Promise<MortalChild | string> {
    const child = this.spare ?? this.spawn();
    this.spare = this.spawn();
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-errorCharacters);
    });
    const end = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.stdin.write('begin\n');
    const url = await Promise.race([readyUrl(child), end.then(() => undefined)]);
    if (url === undefined) return errors;
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

  dispose(): void {
    this.spare?.kill('SIGKILL');
  }

  private spawn(): ChildProcessWithoutNullStreams {
    const files = { CHROOM_SPEC_CLOCK_FILE: this.clockFile, CHROOM_SPEC_DEATH_FILE: this.deathFile };
    const env = {
      ...process.env,
      ...environmentOf(this.settings),
      CHROOM_SETTLEMENT_NODE_KEY_FILES: this.nodeKeyFiles,
      ...files,
    };
    return spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  }
}

const errorCharacters = 4_096;

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const url = /READY (\S+)\n/.exec(text)?.[1];
      if (url) resolve(url);
    });
  });
}

function environmentOf(settings: SettlementSettings): Record<string, string> {
  return {
    CHROOM_SETTLEMENT_PORT: '0',
    CHROOM_SETTLEMENT_DATABASE_URL: settings.databaseUrl,
    CHROOM_SETTLEMENT_REDIS_URL: settings.redisUrl,
    CHROOM_RPC_URL: settings.rpcUrl,
    CHROOM_CHAIN_ID: String(settings.chainId),
    CHROOM_CORE_ADDRESS: settings.core,
    CHROOM_SETTLEMENT_OPERATOR_TOKEN: settings.operatorToken,
    CHROOM_SETTLEMENT_SENDER_KEY: settings.senderKey,
    CHROOM_SETTLEMENT_ORCHESTRATORS: [...settings.orchestratorUrls].map(([id, url]) => `${id}=${url}`).join(','),
    CHROOM_SETTLEMENT_CONFIRMATIONS: String(settings.confirmations),
    CHROOM_SETTLEMENT_TICK_MS: String(settings.tickMs),
    CHROOM_SETTLEMENT_BUMP_AFTER_SEC: String(settings.bumpAfterMs / 1000),
    CHROOM_LOG_LEVEL: 'silent',
  };
}
