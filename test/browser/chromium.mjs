// Headless Chromium from the npm registry (or the one that CHROMIUM names), driven by Playwright.
import { mkdirSync } from 'node:fs';
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

/** @returns {Promise<import('playwright-core').Browser>} a browser process of its own */
export async function launchChromium() {
  if (process.env.CHROMIUM) {
    return chromium.launch({ executablePath: process.env.CHROMIUM, args: callFlags, headless: true });
  }
  // It unpacks itself into the temporary folder: one folder per user, so that nobody runs what another unpacked.
  const folder = path.join(os.tmpdir(), `chroom-chromium-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    const executablePath = await packaged.executablePath();
    const args = [...packaged.args.filter((flag) => !unwanted.test(flag)), ...callFlags];
    return await chromium.launch({ executablePath, args, headless: true });
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
  }
}
