import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hex, memberId, signerAddressOf, signMemberList } from '@chroom/protocol';

export const kSpecAdminToken = 'admin-token-of-the-spec';
export const kSpecApiKey = 'APIspec';
export const kSpecApiSecret = 'a-secret-of-the-spec-with-enough-characters';

const key = (digit: string): Hex => `0x${digit.repeat(64)}`;
const kAuthorityKey = key('1');
const kOrchestratorKey = key('2');

export interface TestSettings {
  readonly environment: Record<string, string>;
  dispose(): void;
}

/** A whole, valid environment of an orchestrator: member 1 of a network whose registry is at `registryUrl`. */
export async function testSettings(urls: {
  readonly database: string;
  readonly redis: string;
  readonly registry?: string;
}): Promise<TestSettings> {
  const folder = mkdtempSync(join(tmpdir(), 'chroom-orchestrator-'));
  const signer = signerAddressOf(kOrchestratorKey);
  const members = [{ id: memberId(1), kind: 'orchestrator' as const, signer, active: true }];
  const list = await signMemberList({ version: 1n, members }, 31_337n, kAuthorityKey);
  const membersFile = join(folder, 'members.json');
  writeFileSync(membersFile, JSON.stringify(list));
  return {
    environment: {
      CHROOM_ORCHESTRATOR_ID: '1',
      CHROOM_ORCHESTRATOR_SIGNER_KEY: kOrchestratorKey,
      CHROOM_ORCHESTRATOR_PORT: '0',
      CHROOM_ORCHESTRATOR_DATABASE_URL: urls.database,
      CHROOM_ORCHESTRATOR_REDIS_URL: urls.redis,
      CHROOM_ORCHESTRATOR_DATA_DIR: folder,
      CHROOM_REGISTRY_URL: urls.registry ?? 'http://127.0.0.1:9',
      CHROOM_MEMBERS_FILE: membersFile,
      CHROOM_AUTHORITY_ADDRESS: signerAddressOf(kAuthorityKey),
      CHROOM_SECRETS_KEY: Buffer.alloc(32, 3).toString('base64'),
      CHROOM_ADMIN_TOKEN: kSpecAdminToken,
      CHROOM_BOOTSTRAP_API_KEY: kSpecApiKey,
      CHROOM_BOOTSTRAP_API_SECRET: kSpecApiSecret,
      CHROOM_LOG_LEVEL: 'silent',
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
