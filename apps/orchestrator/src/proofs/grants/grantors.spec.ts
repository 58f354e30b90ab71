import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemberKeys, signerAddressOf } from '@chroom/protocol';
import { clientKeyOfSigner } from '@chroom/protocol/proofs';
import { testKey } from '@chroom/receipts/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { RoomEvents } from '../../rooms/room-events.js';
import { ManualTime } from '../../rooms/testing/manual-time.js';
import { ProofSettings } from '../proof-settings.js';
import { RecordKeeper } from '../record/record-keeper.js';
import { FixedProofNetwork } from '../testing/fixed-proof-network.js';
import { Grantors } from './grantors.js';

const orchId = 2n;
const oldKey = testKey('orchestrator');
const newKey = testKey('next orchestrator');

describe('an orchestrator whose file of keys is at fault while it runs', () => {
  const time = new ManualTime();
  const warnings: { message: string; reason?: string; account?: string }[] = [];
  let folder: string;
  let file: string;
  let events: RoomEvents;
  let grantors: Grantors;
  let keeper: RecordKeeper;

  beforeAll(() => {
    const warn = (line: (typeof warnings)[number]) => warnings.push(line);
    Logger.overrideLogger({ log: () => {}, error: warn, warn });
  });
  afterAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    warnings.length = 0;
    folder = mkdtempSync(path.join(tmpdir(), 'chroom-grantors-'));
    file = path.join(folder, 'signer-keys');
    writeFileSync(file, oldKey, { mode: 0o600 });
    const settings = {
      memberId: orchId,
      signerKeys: MemberKeys.ofFile(file, 'CHROOM_ORCHESTRATOR_SIGNER_KEY_FILE'),
      secretsKey: new Uint8Array(32),
    } as OrchestratorSettings;
    const network = new FixedProofNetwork();
    // From here on the chain names a key that is not in the file as it was read.
    network.signers.set(orchId, signerAddressOf(newKey));
    events = new RoomEvents();
    grantors = new Grantors(settings, ProofSettings.fromEnvironment({}), network);
    keeper = new RecordKeeper(network, grantors, events, time.clock);
    keeper.onModuleInit();
  });
  afterEach(() => {
    keeper.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  const admit = async (session: string) => {
    const place = { projectId: 'PR_a', roomSid: 'RM_a', roomName: 'math', nodeId: 7n, session };
    events.publishFact({ kind: 'admitted', ...place, atMs: time.clock.nowMs() });
    await nextTurn();
  };
  const faults = () => warnings.filter(({ account }) => account !== undefined);

  it.each([
    ['lacks the key', 'SIGNER_KEY_MISSING', () => {}],
    ['is damaged', 'SETTING_INVALID', () => writeFileSync(file, '0x12')],
    ['holds what is no key', 'SETTING_INVALID', () => writeFileSync(file, `0x${'0'.repeat(64)}`)],
    ['is gone', 'SETTING_INVALID', () => rmSync(file)],
    ['can be read by others', 'PRIVATE_FILE_EXPOSED', () => chmodSync(file, 0o644)],
  ])('serves sessions without grants and says once why, when it %s', async (_, code, spoil) => {
    spoil();
    for (const session of ['PA_1', 'PA_2', 'PA_3']) await admit(session);
    expect([keeper.ungranted, keeper.count]).toEqual([3, 0]);
    expect(faults()).toEqual([expect.objectContaining({ reason: expect.stringMatching(`^${code}: `) })]);
    expect(JSON.stringify(warnings)).not.toContain(oldKey.slice(2));
  });

  it('goes on witnessing under the key that it has', async () => {
    rmSync(file);
    await admit('PA_1');
    expect(grantors.keyOfClientKey(clientKeyOfSigner(signerAddressOf(oldKey)))).toBe(oldKey);
    await admit('PA_2');
    expect(faults()).toHaveLength(1);
  });

  it('grants again when the file is mended, and names each fault on the way', async () => {
    chmodSync(file, 0o644);
    await admit('PA_1');
    chmodSync(file, 0o600);
    await admit('PA_2');
    writeFileSync(file, `${oldKey}\n${newKey}`);
    await admit('PA_3');
    expect([keeper.ungranted, keeper.count]).toEqual([2, 1]);
    expect(faults().map(({ reason }) => reason?.split(':')[0])).toEqual(['PRIVATE_FILE_EXPOSED', 'SIGNER_KEY_MISSING']);
  });
});
