import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { StatementBatches } from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { RunningSettlement } from '../../apps/settlement/src/start-settlement';
import { SettlementNetwork } from '../../apps/settlement/src/testing/settlement-network';
import { repositoryRoot } from '../../tools/setup/repository.mjs';
import { launchChromium } from '../browser/chromium.mjs';
import { until } from '../until';

const challengeSec = 48 * 3600;
const patienceMs = 120_000;
const pictures = path.join(repositoryRoot, '.chroom', 'pictures');
const readerToken = 'reader-token-of-specs';

/** The pages over a settlement with a chain of its own: one epoch paid, one that becomes a batch while the page is open. */
describe('statements in the console', () => {
  let net: SettlementNetwork;
  let settlement: RunningSettlement;
  let console_: ChildProcess;
  let consoleUrl: string;
  let browser: Browser;
  let page: Page;
  let settled: string;

  beforeAll(async () => {
    net = await SettlementNetwork.create();
    settlement = await net.start();
    const bad = { lossPpm: 42_000, jitterUs: 31_000 };
    await net.deliver(settlement.url, [net.leaf(1, 1), net.leaf(1, 2, bad), net.leaf(1, 3)]);
    await net.toEpoch(2);
    await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(
      async () => Object.values(await net.outboxStates()).filter((state) => state === 'final').length === 3,
      patienceMs,
    );
    settled = (await net.sql.query<{ key: string }>('SELECT key FROM batch')).rows[0]!.key;
    ({ child: console_, url: consoleUrl } = await startConsole(settlement.url));
    browser = await launchChromium();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    mkdirSync(pictures, { recursive: true });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    console_?.kill();
    await settlement?.close();
    await net?.dispose();
  }, 60_000);

  const open = async (address: string, wanted: string) => {
    await page.goto(`${consoleUrl}${address}`);
    await page.getByText(wanted).first().waitFor({ timeout: patienceMs });
  };
  const picture = (name: string) => page.screenshot({ path: path.join(pictures, `statement-${name}.png`) });

  it(
    'shows what each node has earned',
    async () => {
      await open('/statement', 'Earned');
      const card = page.locator(`[data-node="${net.network.nodeId}"]`);
      expect(await card.getByText('1 batch').count()).toBe(1);
      const { items } = (await (await fetch(`${consoleUrl}/api/statement/nodes`)).json()) as {
        items: { earned: string }[];
      };
      expect(BigInt(items[0]!.earned)).toBeGreaterThan(0n);
      await picture('earnings');
    },
    patienceMs,
  );

  it(
    'leads from a batch to its leaves, to a session, and to the transaction that paid it',
    async () => {
      await open('/statement/batches', 'settled');
      await picture('batches');
      await page.locator(`a[href="/statement/batches/${settled}"]`).click();
      await page.getByText('Leaves').first().waitFor();
      expect(await page.locator('tbody tr').count()).toBe(3);
      expect(await page.getByText('4.2 % lost; up to 1 % is paid in full').count()).toBe(1);
      await picture('batch');
      await page.locator('a[href^="/statement/sessions/"]').first().click();
      await page.getByText('Session').first().waitFor();
      await page.locator(`a[href="/statement/batches/${settled}"]`).waitFor();
      await picture('session');
      await page.goBack();
      await page.locator('a.transaction', { hasText: 'settle' }).click();
      await page.locator('tr.marked', { hasText: 'settle' }).waitFor();
      await picture('transactions');
    },
    patienceMs,
  );

  it(
    'goes on by itself: a new batch appears while the page is open',
    async () => {
      await open('/statement/batches', 'settled');
      const { rows } = await net.sql.query<{ next: string }>('SELECT max(epoch) + 1 AS next FROM batch');
      expect(Number(rows[0]!.next)).toBe(2);
      const epoch = Math.floor((net.nowMs / 1000 - net.network.parameters.clock.startSec) / (64 * 60));
      await net.deliver(settlement.url, [net.leaf(epoch, 5)]);
      await net.toEpoch(epoch + 1);
      await net.mineUntil(() => batchCount().then((count) => count === 2), patienceMs);
      await until('a second row', async () => (await page.locator('tbody tr').count()) === 2 || undefined, patienceMs);
    },
    patienceMs,
  );

  it('hands on reads alone, and its token to nobody', async () => {
    const post = await fetch(`${consoleUrl}/api/statement/nodes`, { method: 'POST' });
    const climbing = await fetch(`${consoleUrl}/api/statement/nodes%2f%2e%2e%2f%2e%2e%2fleaves`);
    const config = await (await fetch(`${consoleUrl}/api/config`)).text();
    expect([post.status, climbing.status, config.includes(readerToken)]).toEqual([400, 400, false]);
  });

  it(
    'says when the settlement does not answer, and keeps what it knows',
    async () => {
      await open('/statement', 'Earned');
      await settlement.close();
      await page.getByText('SETTLEMENT_UNAVAILABLE').waitFor({ timeout: patienceMs });
      expect(await page.getByText('Earned').count()).toBe(1);
    },
    patienceMs,
  );

  async function batchCount(): Promise<number> {
    const answer = await fetch(`${consoleUrl}/api/statement/batches`);
    return ((await answer.json()) as StatementBatches).items.length;
  }

  async function startConsole(settlementUrl: string): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [path.join(repositoryRoot, 'apps/console/server/main.mjs')], {
      env: {
        ...process.env,
        CHROOM_CONSOLE_PORT: '0',
        CHROOM_CONSOLE_SETTLEMENT_URL: settlementUrl,
        CHROOM_CONSOLE_SETTLEMENT_TOKEN: readerToken,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const line = await until('READY of the console', () => /^READY (.*)$/m.exec(text)?.[1], patienceMs);
    return { child, url: (JSON.parse(line) as { url: string }).url };
  }
});
