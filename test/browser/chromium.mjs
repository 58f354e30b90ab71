// Headless Chromium from the npm registry (or the one that CHROMIUM names), driven by Playwright.
import { lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

// The package's own flags serve one-shot jobs in tiny containers; a call needs real processes.
const unwanted =
  /^--(single-process|no-zygote|headless|in-process-gpu|disable-web-security|allow-running-insecure-content)/;
const callFlags = [
  // Without a graphics card the software GL of Chromium costs more than the codecs do.
  '--disable-gpu',
  '--no-sandbox',
  '--use-fake-device-for-media-stream=fps=30',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/**
 * Browsers stand for machines of their own. On this one each is a session, and so has as large a share of the processors
 * as all servers together (autogroup, sched(7)): they yield, as they would not have to anywhere else.
 */
const yieldingScript = `#!/bin/sh
{ echo 10 >/proc/self/autogroup; } 2>/dev/null
exec nice -n 10 "$CHROOM_YIELDING_BROWSER" "$@"
`;

let packaged;

/** @returns {Promise<import('playwright-core').Browser>} a browser process of its own */
export async function launchChromium() {
  const folder = ownFolder();
  if (process.env.CHROMIUM) return launch(folder, { path: process.env.CHROMIUM, args: callFlags });
  packaged ??= unpack(folder);
  return launch(folder, await packaged);
}

/** What lies there is executed: of this user alone. */
function ownFolder() {
  const uid = process.getuid?.() ?? 0;
  const folder = path.join(os.tmpdir(), `chroom-chromium-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`expected ${folder} to be a folder that only user ${uid} can enter; remove it`);
  }
  return folder;
}

/** The package unpacks itself into the temporary folder. */
async function unpack(folder) {
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: chromiumPackage } = await import('@sparticuz/chromium');
    const args = [...chromiumPackage.args.filter((flag) => !unwanted.test(flag)), ...callFlags];
    return { path: await chromiumPackage.executablePath(), args };
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
  }
}

function launch(folder, browser) {
  const executablePath = path.join(folder, 'yielding.sh');
  writeFileSync(`${executablePath}.${process.pid}`, yieldingScript, { mode: 0o700 });
  renameSync(`${executablePath}.${process.pid}`, executablePath);
  const env = { ...process.env, CHROOM_YIELDING_BROWSER: browser.path };
  return chromium.launch({ executablePath, args: browser.args, env, headless: true });
}
