import { randomBytes } from 'node:crypto';
import net from 'node:net';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  /** Ends its connections and drops it. */
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's PostgreSQL (see tools/embedded/jest-services.mjs). One per spec file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = await runAdminUrl();
  const name = `spec_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name}`);
  const url = new URL(adminUrl.replace('@/', '@localhost/'));
  url.pathname = `/${name}`;
  return {
    url: url.href.replace('@localhost/', '@/'),
    drop: () => asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function runAdminUrl(): Promise<string> {
  const socketPath = process.env.CHROOM_TEST_SERVICES;
  if (socketPath === undefined) {
    throw new Error('CHROOM_TEST_SERVICES is not set: run specs with the jest.config.mjs of the repository');
  }
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(socketPath);
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('end', () => {
      const { adminUrl, error } = JSON.parse(answer) as { adminUrl?: string; error?: string };
      if (adminUrl === undefined) reject(new Error(`the PostgreSQL of this test run did not start: ${error}`));
      else resolve(adminUrl);
    });
  });
}
