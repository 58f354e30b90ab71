import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nodeSettings } from './apps.mjs';
import { parseNetworkOptions } from './options.mjs';
import { loadSecrets } from './secrets.mjs';

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-apps-'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Settings of the second node. */
function settingsOf(env: Record<string, string>): Record<string, string> {
  const options = parseNetworkOptions(['--data', dataDir, '--host', '127.0.0.2']);
  const context = {
    options,
    secrets: loadSecrets(dataDir, options),
    env,
    url: { settlement: 'http://127.0.0.2:7884' },
  };
  return nodeSettings(context, { nodeIds: [2n, 3n] }, 1);
}

describe('settings of a media node under npm start', () => {
  it('bind the address of the network, with one worker, and advertise what is bound', () => {
    const settings = settingsOf({});
    expect(settings).toMatchObject({ CHROOM_NODE_WORKERS: '1', CHROOM_NODE_BIND_ADDRESSES: '127.0.0.2' });
    expect(settings).not.toHaveProperty('CHROOM_NODE_ADVERTISED_ADDRESSES');
  });

  it('take addresses and workers from the environment', () => {
    const settings = settingsOf({ CHROOM_NODE_WORKERS: '2', CHROOM_NODE_BIND_ADDRESSES: '127.0.0.1,10.0.0.5' });
    expect(settings).toMatchObject({ CHROOM_NODE_WORKERS: '2', CHROOM_NODE_BIND_ADDRESSES: '127.0.0.1,10.0.0.5' });
  });

  it('take nothing from it that two nodes could not share', () => {
    const settings = settingsOf({ CHROOM_NODE_ID: '9', CHROOM_NODE_UDP_PORT: '5000' });
    expect(settings).toMatchObject({ CHROOM_NODE_ID: '3', CHROOM_NODE_UDP_PORT: '7946' });
  });
});
