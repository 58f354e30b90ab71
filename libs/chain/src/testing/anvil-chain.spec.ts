import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { registerCall, registeredMember } from '../calls/register.js';
import { createWallet, sendCall } from '../client/contract-call.js';
import { readContracts } from '../client/contracts.js';
import { openChain } from '../client/open-chain.js';
import { deployContracts } from '../deploy/deploy-contracts.js';
import { developmentParameters } from '../deploy/network-parameters.js';
import { readMember } from '../reads/read-member.js';
import { developmentKeys, launchAnvil } from './anvil-chain.js';

describe('the development chain', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-anvil-'));
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('keeps members over a SIGKILL, and its clock returns to wall time', async () => {
    const first = await launchAnvil({ dataDir, blockSeconds: 1 });
    const settings = { rpcUrl: first.url, chainId: first.chainId };
    const client = await openChain(settings);
    const wallet = createWallet({ ...settings, privateKey: developmentKeys[0] ?? '0x' });
    const roles = { governor: wallet.account.address, guardian: wallet.account.address };
    const nowSeconds = Math.floor(Date.now() / 1000);
    const contracts = await deployContracts(client, wallet, developmentParameters(roles, nowSeconds));
    const signer = wallet.account.address;
    const receipt = await sendCall(client, wallet, registerCall(contracts, { kind: 'orchestrator', signer }));
    const { id, activeFrom } = registeredMember(receipt);
    expect(activeFrom).toBe(1);
    const registeredMs = Date.now();
    while (stateAgeMs() < registeredMs) await delay(50);
    first.signal('SIGKILL');
    await first.end;
    const second = await launchAnvil({ dataDir, blockSeconds: 1 });
    try {
      const again = await openChain({ rpcUrl: second.url, chainId: second.chainId });
      expect(await readContracts(again, contracts.core)).toMatchObject({ proofs: contracts.proofs });
      expect(await readMember(again, contracts, id)).toMatchObject({ kind: 'orchestrator', owner: signer });
      const { timestamp } = await again.getBlock();
      expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThanOrEqual(3000);
    } finally {
      await second.stop();
    }
  }, 60_000);

  function stateAgeMs(): number {
    return statSync(path.join(dataDir, 'anvil-state.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }
});
