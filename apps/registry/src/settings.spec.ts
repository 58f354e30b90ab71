import { describe, expect, it } from '@jest/globals';
import { readRegistrySettings } from './settings.js';

const valid = {
  CHROOM_REGISTRY_DATABASE_URL: 'postgres://registry@/registry?host=/tmp',
  CHROOM_MEMBERS_FILE: 'members.json',
  CHROOM_AUTHORITY_ADDRESS: `0x${'ab'.repeat(20)}`,
};

describe('readRegistrySettings', () => {
  it('has defaults for everything but database, members and authority', () => {
    expect(readRegistrySettings(valid)).toMatchObject({
      host: '127.0.0.1',
      port: 7880,
      chainId: 31_337n,
      logLevel: 'info',
    });
  });

  it.each<[string, string]>([
    ['CHROOM_REGISTRY_DATABASE_URL', ''],
    ['CHROOM_REGISTRY_DATABASE_URL', 'mysql://h/db'],
    ['CHROOM_REGISTRY_PORT', '65536'],
    ['CHROOM_MEMBERS_FILE', ''],
    ['CHROOM_AUTHORITY_ADDRESS', '0x12'],
    ['CHROOM_CHAIN_ID', '0'],
    ['CHROOM_LOG_LEVEL', 'loud'],
  ])('names %s when it is %j', (variable, value) => {
    expect(() => readRegistrySettings({ ...valid, [variable]: value })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(variable) }),
    );
  });
});
