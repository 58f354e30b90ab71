import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { signMemberList } from '@chroom/protocol';
import { privateKeyToAddress } from 'viem/accounts';

/** Writes the signed list of members that registry, nodes and orchestrator check signatures against. */
export async function writeMemberFile({ options, secrets }, { deployment }, { orchestratorIds, nodeIds }) {
  const member = (id, kind, key) => ({ id, kind, signer: privateKeyToAddress(key), active: true });
  const members = [
    ...orchestratorIds.map((id, index) => member(id, 'orchestrator', secrets.orchestratorKeys[index])),
    ...nodeIds.map((id, index) => member(id, 'node', secrets.nodeKeys[index])),
  ];
  const list = { version: BigInt(Date.now()), members };
  const signed = await signMemberList(list, BigInt(deployment.chainId), secrets.authorityKey);
  const file = path.join(options.dataDir, 'members.json');
  writeFileSync(file, `${JSON.stringify(signed, null, 2)}\n`);
  return { CHROOM_MEMBERS_FILE: file, CHROOM_AUTHORITY_ADDRESS: privateKeyToAddress(secrets.authorityKey) };
}
