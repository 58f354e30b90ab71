#!/usr/bin/env node
import { ChroomError } from '@chroom/protocol';
import type { Command } from './command.js';
import { doctor } from './doctor/doctor.js';
import { token } from './token/token.js';

const commands: Readonly<Record<string, Command>> = { doctor, token };

const usage = `chroom <command>

  token --room NAME --identity ID [--json]   an access token for a room (chroom token --help)
  doctor [--json]                            checks this machine and what the settings name
`;

async function main(): Promise<number> {
  const [name = 'help', ...args] = process.argv.slice(2);
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const command = commands[name];
  if (command !== undefined) return command(args, { environment: process.env, print });
  print(usage);
  return ['help', '--help', '-h'].includes(name) ? 0 : 2;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const text = error instanceof ChroomError ? `${error.code}: ${error.message}` : String((error as Error).stack);
    process.stderr.write(`${text}\n`);
    process.exitCode = 2;
  },
);
