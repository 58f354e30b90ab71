import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediasoup } from './mediasoup.mjs';

/** As mediasoup starts its worker: the program is ready with its first output, and an end before that is a failure. */
const library = `
const { spawn } = require('node:child_process');
exports.version = '3.0.0';
exports.workerBin = __dirname + '/worker';
exports.createWorker = () => new Promise((resolve, reject) => {
  const child = spawn(exports.workerBin);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error('[pid:1, code:' + code + ']\\nsecond line')));
  child.stdout.once('data', () => resolve({ close: () => child.kill() }));
});`;

describe('mediasoup as a peer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'chroom-mediasoup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (files: Record<string, string>) => {
    const installed = path.join(folder, 'node_modules', 'mediasoup');
    mkdirSync(installed, { recursive: true });
    writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ name: 'mediasoup', main: 'index.js' }));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(installed, name), text, { mode: 0o755 });
  };
  const reason = async () => (await mediasoup.examine(folder)).unsupported;

  it('is unsupported where its package is not installed, with how to install it', async () => {
    const found = await reason();
    expect(found).toMatch(/^its package cannot be loaded: Cannot find module 'mediasoup'/);
    expect(found).toContain('npm install mediasoup');
    expect(found).toContain('CHROOM_PEER_MEDIASOUP');
  });

  it('is unsupported where the package has no worker program, and says which is missing', async () => {
    install({ 'index.js': library });
    expect(await reason()).toMatch(
      /^3\.0\.0: its worker node_modules\/mediasoup\/worker does not start: spawn node_modules\/mediasoup\/worker ENOENT; npm install/,
    );
  });

  it('is unsupported where the worker ends at once, with how it ended', async () => {
    install({ 'index.js': library, worker: '#!/bin/sh\nexit 41\n' });
    expect(await reason()).toMatch(/does not start: \[pid:1, code:41\]; npm install/);
  });

  it('is unsupported where the package is broken', async () => {
    install({ 'index.js': 'throw new Error("out of order");' });
    expect(await reason()).toMatch(/^its package cannot be loaded: out of order; /);
  });

  it('says that only the adapter is missing where the worker starts', async () => {
    install({ 'index.js': library, worker: '#!/bin/sh\necho ready\nexec sleep 60\n' });
    expect(await reason()).toBe(
      '3.0.0: its worker node_modules/mediasoup/worker starts, but there is no adapter for its signalling here',
    );
  });
});
