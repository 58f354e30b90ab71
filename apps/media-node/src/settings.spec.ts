import { describe, expect, it } from '@jest/globals';
import { readMediaNodeSettings } from './settings.js';

const valid = {
  CHROOM_NODE_ID: '1',
  CHROOM_NODE_SIGNER_KEY: `0x${'11'.repeat(32)}`,
  CHROOM_NODE_DATA_DIR: '/tmp/node',
  CHROOM_REGISTRY_URL: 'http://127.0.0.1:7880/',
  CHROOM_RPC_URL: 'http://127.0.0.1:8545',
  CHROOM_CORE_ADDRESS: `0x${'ab'.repeat(20)}`,
};

describe('readMediaNodeSettings', () => {
  it('reads lists, 64-bit numbers and URLs', () => {
    const settings = readMediaNodeSettings({
      ...valid,
      CHROOM_NODE_BIND_ADDRESSES: '10.0.0.1, ::1',
      CHROOM_NODE_EGRESS_BPS: '100000000000',
      CHROOM_NODE_WORKERS: '3',
      CHROOM_NODE_WORKER_CPUS: '2, 3,5',
      CHROOM_NODE_DISK_FOLDERS: '/var/lib/node, /var/lib/postgresql',
    });
    expect(settings).toMatchObject({
      bindAddresses: ['10.0.0.1', '::1'],
      workerCpus: [2, 3, 5],
      largeRoomSessions: 64,
      disk: { folders: ['/var/lib/node', '/var/lib/postgresql'], markPercent: 90 },
      capacity: { egressBps: 100_000_000_000n, workers: 3 },
      registryUrl: 'http://127.0.0.1:7880',
    });
  });

  it('wants a fund of a token of whom it works for, or what is set', () => {
    const paid = {
      ...valid,
      CHROOM_NODE_SETTLEMENT_URL: 'http://127.0.0.1:1',
      CHROOM_NODE_SETTLEMENT_TOKEN: 'token-of-the-spec',
    };
    expect(readMediaNodeSettings(valid).settlement).toBeUndefined();
    expect(readMediaNodeSettings(paid).settlement?.minFund).toBe(10n ** 18n);
    const most = 2n ** 96n - 1n;
    for (const minFund of [0n, most]) {
      const settings = readMediaNodeSettings({ ...paid, CHROOM_NODE_FUND_MIN: `${minFund}` });
      expect(settings.settlement?.minFund).toBe(minFund);
    }
    for (const wrong of ['-1', '1.5', `${most + 1n}`, '1e18']) {
      expect(() => readMediaNodeSettings({ ...paid, CHROOM_NODE_FUND_MIN: wrong })).toThrow(/CHROOM_NODE_FUND_MIN/);
    }
  });

  it.each<[string, string]>([
    ['CHROOM_NODE_ID', '0'],
    ['CHROOM_NODE_SIGNER_KEY', '0x1234'],
    ['CHROOM_NODE_SIGNER_KEY_FILE', '/nonexistent'],
    ['CHROOM_RPC_URL', ''],
    ['CHROOM_CORE_ADDRESS', '0x12'],
    ['CHROOM_NODE_DATA_DIR', ''],
    ['CHROOM_NODE_WORKERS', '65'],
    ['CHROOM_NODE_WORKER_CPUS', '0-3'],
    ['CHROOM_NODE_LARGE_ROOM_SESSIONS', '0'],
    ['CHROOM_NODE_DISK_MARK_PERCENT', '0'],
    ['CHROOM_NODE_DISK_FOLDERS', '/1,/2,/3,/4,/5,/6,/7,/8,/9'],
    ['CHROOM_NODE_BIND_ADDRESSES', 'localhost'],
    ['CHROOM_NODE_ADVERTISED_ADDRESSES', '1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5'],
    ['CHROOM_NODE_CONTROL_URL', 'http://plain.example'],
    ['CHROOM_NODE_REGION', 'EU Central'],
    ['CHROOM_REGISTRY_URL', 'registry'],
  ])('names %s when it is %j', (variable, value) => {
    expect(() => readMediaNodeSettings({ ...valid, [variable]: value })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(variable) }),
    );
  });
});
