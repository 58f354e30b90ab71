import { writeFileSync } from 'node:fs';

/**
 * Writes the signed list of members that registry, nodes and orchestrator check signatures against.
 * @returns {Promise<{file: string, authority: string}>}
 */
export async function writeMembers(file, secrets, chainId) {
  const { signMemberList } = await import('@chroom/protocol');
  const { privateKeyToAccount } = await import('viem/accounts');
  const member = (id, kind, key) => ({ id: BigInt(id), kind, signer: privateKeyToAccount(key).address, active: true });
  const members = [
    ...secrets.orchestratorKeys.map((key, index) => member(1 + index, 'orchestrator', key)),
    ...secrets.nodeKeys.map((key, index) => member(nodeId(index), 'node', key)),
  ];
  const list = { version: BigInt(Date.now()), members };
  writeFileSync(
    file,
    `${JSON.stringify(await signMemberList(list, BigInt(chainId), secrets.authorityKey), null, 2)}\n`,
  );
  return { file, authority: privateKeyToAccount(secrets.authorityKey).address };
}

/** Member ids count over all kinds: the orchestrator is 1, nodes follow. */
export function nodeId(index) {
  return index + 2;
}
