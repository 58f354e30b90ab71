// The keys of a network on one machine: made once, kept in its data folder (0600), so that a restart is the same network.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readPrivateFile } from '@chroom/protocol';

const version = 1;
/** Who has a database of its own. */
export const databaseParties = ['registry', 'orchestrator', 'settlement'];

/** @returns the stored secrets, with what is missing for `nodes` nodes added */
export function loadSecrets(dataDir, { nodes, orchestrators }) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, 'secrets.json');
  const stored = existsSync(file) ? JSON.parse(readPrivateFile(file)) : {};
  const secrets = {
    version,
    apiKey: stored.apiKey ?? `API${randomBytes(9).toString('hex')}`,
    apiSecret: stored.apiSecret ?? randomBytes(32).toString('base64url'),
    adminToken: stored.adminToken ?? randomBytes(32).toString('base64url'),
    secretsKey: stored.secretsKey ?? randomBytes(32).toString('base64'),
    /** Accounts on the chain: who deploys and decides; who owns the nodes and sends for them; who owns the orchestrator. */
    governorKey: stored.governorKey ?? privateKey(),
    operatorKey: stored.operatorKey ?? privateKey(),
    payerKey: stored.payerKey ?? privateKey(),
    /** Of the operator's nodes, for its settlement. */
    operatorToken: stored.operatorToken ?? randomBytes(32).toString('base64url'),
    /** Reads the operator's statements: the console's. */
    readerToken: stored.readerToken ?? randomBytes(32).toString('base64url'),
    databasePasswords: { ...stored.databasePasswords },
    nodeKeys: [...(stored.nodeKeys ?? [])],
    orchestratorKeys: [...(stored.orchestratorKeys ?? [])],
  };
  while (secrets.nodeKeys.length < nodes) secrets.nodeKeys.push(privateKey());
  while (secrets.orchestratorKeys.length < orchestrators) secrets.orchestratorKeys.push(privateKey());
  for (const party of databaseParties) secrets.databasePasswords[party] ??= randomBytes(24).toString('base64url');
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
  return secrets;
}

/** secp256k1: every 32-byte value below the group order is a key; a random one is above it once in 2^128. */
function privateKey() {
  return `0x${randomBytes(32).toString('hex')}`;
}
