import { describe, expect, it } from '@jest/globals';
import { readRegistrySettings } from './settings.js';

const valid = {
  CHROOM_REGISTRY_DATABASE_URL: 'postgres://registry@/registry?host=/tmp',
  CHROOM_RPC_URL: 'http://127.0.0.1:8545',
  CHROOM_CORE_ADDRESS: `0x${'ab'.repeat(20)}`,
};

describe('readRegistrySettings', () => {
  it('has defaults for everything but database and contracts', () => {
    expect(readRegistrySettings(valid)).toMatchObject({
      host: '127.0.0.1',
      port: 7880,
      network: { chainId: 31_337, deploymentBlock: 0n, confirmations: 2 },
      logLevel: 'info',
    });
  });

  it.each<[string, string]>([
    ['CHROOM_REGISTRY_DATABASE_URL', ''],
    ['CHROOM_REGISTRY_DATABASE_URL', 'mysql://h/db'],
    ['CHROOM_REGISTRY_PORT', '65536'],
    ['CHROOM_RPC_URL', ''],
    ['CHROOM_RPC_URL', 'ws://h'],
    ['CHROOM_CORE_ADDRESS', '0x12'],
    ['CHROOM_CORE_BLOCK', '-1'],
    ['CHROOM_CHAIN_CONFIRMATIONS', '1001'],
    ['CHROOM_CHAIN_ID', '0'],
    ['CHROOM_LOG_LEVEL', 'loud'],
  ])('names %s when it is %j', (variable, value) => {
    expect(() => readRegistrySettings({ ...valid, [variable]: value })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(variable) }),
    );
  });
});
