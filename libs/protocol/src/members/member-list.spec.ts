import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { signerAddressOf } from '../signing/member-key.js';
import type { Hex } from '../wire/wire-values.js';
import { FileMemberDirectory } from './file-member-directory.js';
import { type Member, memberId } from './member.js';
import { signMemberList, verifyMemberList } from './member-list.js';

const authorityKey: Hex = `0x${'33'.repeat(32)}`;
const authority = signerAddressOf(authorityKey);
const chainId = 31_337n;
const key = (digit: string): Hex => `0x${digit.repeat(64)}`;
const node: Member = { id: memberId(1), kind: 'node', signer: signerAddressOf(key('1')), active: true };
const orchestrator: Member = { id: memberId(2), kind: 'orchestrator', signer: signerAddressOf(key('2')), active: true };

describe('member list', () => {
  it('comes back as it was signed', async () => {
    const json = await signMemberList({ version: 4n, members: [node, orchestrator] }, chainId, authorityKey);
    expect(await verifyMemberList(JSON.parse(JSON.stringify(json)), chainId, authority)).toEqual({
      version: 4n,
      members: [node, orchestrator],
    });
  });

  it('is refused after a change, from another authority and for another chain', async () => {
    const json = await signMemberList({ version: 1n, members: [{ ...node, active: false }] }, chainId, authorityKey);
    const revived = { ...json, members: json.members.map((member) => ({ ...member, active: true })) };
    const unsigned = expect.objectContaining({ code: 'MEMBER_LIST_UNSIGNED' });
    await expect(verifyMemberList(revived, chainId, authority)).rejects.toEqual(unsigned);
    await expect(verifyMemberList(json, chainId, node.signer)).rejects.toEqual(unsigned);
    await expect(verifyMemberList(json, 1n, authority)).rejects.toEqual(unsigned);
  });

  it('is refused when it names an id or a signer twice', async () => {
    for (const double of [
      { ...orchestrator, id: node.id },
      { ...orchestrator, signer: node.signer },
    ]) {
      const json = await signMemberList({ version: 1n, members: [node, double] }, chainId, authorityKey);
      await expect(verifyMemberList(json, chainId, authority)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('FileMemberDirectory', () => {
  let folder: string;
  let path: string;
  const ends: (() => void)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chroom-members-'));
    path = join(folder, 'members.json');
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
    rmSync(folder, { recursive: true });
  });
  const write = async (version: bigint, members: Member[], signerKey = authorityKey) => {
    writeFileSync(path, JSON.stringify(await signMemberList({ version, members }, chainId, signerKey)));
  };
  const open = async () => {
    const directory = await FileMemberDirectory.open({ path, chainId, authority });
    ends.push(() => directory.close());
    return directory;
  };

  it('follows a change of the file and tells its listeners', async () => {
    await write(1n, [node]);
    const directory = await open();
    let changes = 0;
    directory.onChange(() => {
      changes += 1;
    });
    await write(2n, [node, orchestrator]);
    await directory.refresh();
    expect([directory.find(orchestrator.id), directory.list().length, changes]).toEqual([orchestrator, 2, 1]);
  });

  it('keeps the list in force when the new file is forged, older or broken', async () => {
    await write(5n, [node]);
    const directory = await open();
    await write(6n, [orchestrator], key('9'));
    await expect(directory.refresh()).rejects.toMatchObject({ code: 'MEMBER_LIST_UNSIGNED' });
    await write(4n, [node, orchestrator]);
    await expect(directory.refresh()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    writeFileSync(path, '{"version":');
    await expect(directory.refresh()).rejects.toMatchObject({ code: 'MEMBER_LIST_UNREADABLE' });
    expect(directory.list()).toEqual([node]);
  });

  it('names the file and the variable when it cannot be read at the start', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'MEMBER_LIST_UNREADABLE',
      message: expect.stringMatching(/members\.json.*CHROOM_MEMBERS_FILE/),
    });
  });
});
