import { describe, expect, it } from '@jest/globals';
import { TokenVerifier } from 'livekit-server-sdk';
import { token } from './token.js';

const environment = { CHROOM_API_KEY: 'APIspec', CHROOM_API_SECRET: 'a-secret-of-the-spec-with-enough-characters' };
const verifier = new TokenVerifier(environment.CHROOM_API_KEY, environment.CHROOM_API_SECRET);

async function run(args: string[], env: Record<string, string> = environment): Promise<string> {
  const printed: string[] = [];
  expect(await token(args, { environment: env, print: (text) => printed.push(text) })).toBe(0);
  return printed.join('\n');
}

describe('chroom token', () => {
  it('prints a token that joins a room', async () => {
    const claims = await verifier.verify(await run(['--room', 'math', '--identity', 'ada', '--name', 'Ada']));
    expect(claims).toMatchObject({ sub: 'ada', name: 'Ada', video: { roomJoin: true, room: 'math' } });
    expect((claims.exp ?? 0) - Date.now() / 1000).toBeCloseTo(6 * 3600, -2);
  });

  it('narrows what the participant may do', async () => {
    const jwt = await run(['--room', 'r', '--identity', 'i', '--no-publish', '--hidden', '--valid-for', '30m']);
    const claims = await verifier.verify(jwt);
    expect(claims.video).toMatchObject({ canPublish: false, hidden: true });
    expect((claims.exp ?? 0) - Date.now() / 1000).toBeCloseTo(1800, -2);
  });

  it('makes tokens for the server API without an identity', async () => {
    const claims = await verifier.verify(await run(['--list', '--create']));
    expect(claims.video).toMatchObject({ roomList: true, roomCreate: true, roomJoin: false });
  });

  it('prints JSON on request', async () => {
    const answer = JSON.parse(await run(['--room', 'math', '--identity', 'ada', '--json']));
    expect(answer).toMatchObject({ apiKey: 'APIspec', identity: 'ada', room: 'math' });
    expect((await verifier.verify(answer.token)).sub).toBe('ada');
  });

  it.each([
    [['--room', 'math'], environment, /--room and --identity/],
    [['--room', 'r', '--identity', 'i', '--valid-for', 'soon'], environment, /30m, 6h or 2d, got "soon"/],
    [['--colour', 'red'], environment, /--colour/],
    [['--room', 'r', '--identity', 'i'], {}, /CHROOM_API_KEY/],
  ])('refuses %j', async (args, env, message) => {
    await expect(token(args, { environment: env, print: () => undefined })).rejects.toThrow(message);
  });
});
