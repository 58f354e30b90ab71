import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FollowedNetwork } from '@chroom/chain/network';
import { fixedNetwork } from '@chroom/chain/testing';
import { type Hex, memberId, signerAddressOf } from '@chroom/protocol';

export const kSpecAdminToken = 'admin-token-of-the-spec';
export const kSpecApiKey = 'APIspec';
export const kSpecApiSecret = 'a-secret-of-the-spec-with-enough-characters';

const kOrchestratorKey: Hex = `0x${'2'.repeat(64)}`;

export interface TestSettings {
  readonly environment: Record<string, string>;
  /** Instead of the chain that the environment names, where nothing answers. */
  readonly network: FollowedNetwork;
  dispose(): Promise<void>;
}

/** A whole, valid environment of an orchestrator: member 1 of a network whose registry is at `registryUrl`. */
export async function testSettings(urls: {
  readonly database: string;
  readonly redis: string;
  readonly registry?: string;
}): Promise<TestSettings> {
  const folder = mkdtempSync(join(tmpdir(), 'chroom-orchestrator-'));
  const signer = signerAddressOf(kOrchestratorKey);
  const network = await fixedNetwork([{ id: memberId(1), kind: 'orchestrator', signer, active: true }]);
  return {
    environment: {
      CHROOM_ORCHESTRATOR_ID: '1',
      CHROOM_ORCHESTRATOR_SIGNER_KEY: kOrchestratorKey,
      CHROOM_ORCHESTRATOR_PORT: '0',
      CHROOM_ORCHESTRATOR_DATABASE_URL: urls.database,
      CHROOM_ORCHESTRATOR_REDIS_URL: urls.redis,
      CHROOM_ORCHESTRATOR_DATA_DIR: folder,
      CHROOM_REGISTRY_URL: urls.registry ?? 'http://127.0.0.1:9',
      CHROOM_RPC_URL: 'http://127.0.0.1:9',
      CHROOM_CORE_ADDRESS: network.facts.contracts.core,
      CHROOM_SECRETS_KEY: Buffer.alloc(32, 3).toString('base64'),
      CHROOM_ADMIN_TOKEN: kSpecAdminToken,
      CHROOM_BOOTSTRAP_API_KEY: kSpecApiKey,
      CHROOM_BOOTSTRAP_API_SECRET: kSpecApiSecret,
      CHROOM_LOG_LEVEL: 'silent',
    },
    network,
    dispose: async () => {
      await network.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
