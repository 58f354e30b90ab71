import { parseArgs } from 'node:util';
import { ChroomError, SettingsReader } from '@chroom/protocol';
import { AccessToken, type VideoGrant } from 'livekit-server-sdk';
import type { Command } from '../command.js';

const usage = `chroom token --room NAME --identity ID [options]

  --room NAME        room to join
  --identity ID      who joins
  --name TEXT        name that others see
  --valid-for TIME   such as 30m, 6h, 2d (default 6h)
  --no-publish       may only watch
  --no-subscribe     may only send
  --hidden           others do not see the participant
  --admin            may administer the room; without --identity: a token for the server API
  --create --list    may create and delete, or list, rooms
  --json             {"token","apiKey","identity","room","expiresAt"}

The key comes from CHROOM_API_KEY and CHROOM_API_SECRET.`;

const options = {
  room: { type: 'string', default: '' },
  identity: { type: 'string', default: '' },
  name: { type: 'string' },
  'valid-for': { type: 'string', default: '6h' },
  'no-publish': { type: 'boolean', default: false },
  'no-subscribe': { type: 'boolean', default: false },
  hidden: { type: 'boolean', default: false },
  admin: { type: 'boolean', default: false },
  create: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Prints an access token, made here from an API key: nothing is asked of the orchestrator. */
export const token: Command = async (args, { environment, print }) => {
  const wanted = parseOptions(args);
  if (wanted.help) {
    print(usage);
    return 0;
  }
  const read = new SettingsReader(environment);
  const apiKey = read.text('CHROOM_API_KEY', { expected: 'an API key of the project' });
  const apiSecret = read.text('CHROOM_API_SECRET', { expected: 'the secret of that API key' });
  const ttlSec = seconds(wanted['valid-for']);
  const { identity, room, name } = wanted;
  const maker = new AccessToken(apiKey, apiSecret, { identity: identity || undefined, name, ttl: ttlSec });
  maker.addGrant(grantOf(wanted));
  const jwt = await maker.toJwt();
  const expiresAt = new Date(Date.now() + ttlSec * 1000).toISOString();
  print(wanted.json ? JSON.stringify({ token: jwt, apiKey, identity, room, expiresAt }) : jwt);
  return 0;
};

type Wanted = ReturnType<typeof parseOptions>;

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ChroomError('INVALID_ARGUMENT', `${(cause as Error).message}\n\n${usage}`, { cause });
  }
}

function grantOf(wanted: Wanted): VideoGrant {
  const serverOnly = wanted.identity === '' && (wanted.admin || wanted.create || wanted.list);
  if (!serverOnly && (wanted.room === '' || wanted.identity === '')) {
    throw new ChroomError('INVALID_ARGUMENT', `expected --room and --identity, got neither or one\n\n${usage}`);
  }
  return {
    room: wanted.room || undefined,
    roomJoin: !serverOnly,
    roomAdmin: wanted.admin || undefined,
    roomCreate: wanted.create || undefined,
    roomList: wanted.list || undefined,
    canPublish: wanted['no-publish'] ? false : undefined,
    canSubscribe: wanted['no-subscribe'] ? false : undefined,
    hidden: wanted.hidden || undefined,
  };
}

const kSecondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const value = Number(amount) * (kSecondsOf[unit] ?? 0);
  if (value > 0) return value;
  throw new ChroomError('INVALID_ARGUMENT', `--valid-for: expected a time such as 30m, 6h or 2d, got "${text}"`);
}
