// Jest's global set-up: one PostgreSQL for a whole run, started when the first spec asks for it. Specs ask over a unix
// socket (CHROOM_TEST_SERVICES), so that runs without a database test pay nothing and one process owns the server.
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from './postgres.mjs';

export default async function setUp() {
  const folder = mkdtempSync(path.join(tmpdir(), 'chroom-test-'));
  const socketPath = path.join(folder, 'services.sock');
  let postgres;
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    postgres ??= startPostgres({ dataDir: path.join(folder, 'postgres'), durable: false });
    postgres.then(
      (started) => socket.end(JSON.stringify({ adminUrl: started.adminUrl })),
      (error) => socket.end(JSON.stringify({ error: String(error?.stderr ?? error?.message ?? error) })),
    );
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
  process.env.CHROOM_TEST_SERVICES = socketPath;
  globalThis.__chroomTestServices = {
    async stop() {
      server.close();
      await (await postgres?.catch(() => undefined))?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
