import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portOffsets } from '../../tools/network/options.mjs';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { DatagramRelay } from '../network/datagram-relay';
import { seededBytes } from '../network/seeded-bytes';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

const room = 'under-fire';
const nodeHost = '127.0.0.1';
/** Clients are told this address; the relay is there. */
const relayHost = '127.0.0.2';
const shots = 300;

describe('hostile datagrams during a call', () => {
  let network: TestNetwork;
  let relay: DatagramRelay;
  let stranger: Socket;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let nodePort: number;
  let before: Map<string, number>;

  beforeAll(async () => {
    network = await startTestNetwork({ nodes: 1, environment: { CHROOM_NODE_ADVERTISED_ADDRESSES: relayHost } });
    nodePort = network.portBase + portOffsets.nodeUdp;
    relay = await DatagramRelay.start(relayHost, nodeHost, nodePort);
    stranger = createSocket('udp4').bind(0, nodeHost);
    await once(stranger, 'listening');
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
    await alice.firstFrameOf('bob');
    await bob.firstFrameOf('alice');
  }, 90_000);
  beforeEach(async () => {
    before = await network.nodeDrops(0);
  });
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    stranger?.close();
    await relay?.stop();
    await network?.stop();
  }, 30_000);

  /** Waits until the node has counted `count` more datagrams under these reasons together. */
  const counted = (reasons: readonly string[], count: number) =>
    until(`${count} more drops as ${reasons.join(', ')}`, async () => {
      const now = await network.nodeDrops(0);
      const more = [...now].map(([reason, total]) => [reason, total - (before.get(reason) ?? 0)] as const);
      const sum = more.reduce((total, [reason, drops]) => total + (reasons.includes(reason) ? drops : 0), 0);
      if (sum < count) throw new Error(`${JSON.stringify(Object.fromEntries(more.filter(([, drops]) => drops > 0)))}`);
      return true;
    });

  /** Sends `count` datagrams from an address that has no session, each when the one before has left. */
  const shoot = async (count: number, make: (index: number) => Buffer) => {
    for (let index = 0; index < count; index++) {
      const bytes = make(index);
      await new Promise((resolve) => stranger.send(bytes, nodePort, nodeHost, resolve));
    }
  };

  it('counts random bytes', async () => {
    const random = seededBytes(7);
    await shoot(shots, (index) => random(1 + ((index * 37) % 1400)));
    await counted(
      ['datagram_unknown_kind', 'datagram_unknown_source', 'stun_malformed', 'stun_unknown_user', 'dtls_malformed'],
      shots,
    );
  }, 30_000);

  it('counts truncated STUN', async () => {
    const check = relay.newest('stun');
    if (!check) throw new Error('expected a recorded connectivity check');
    await shoot(shots, (index) => check.subarray(0, 1 + (index % (check.length - 1))));
    await counted(['stun_malformed', 'stun_unknown_user', 'datagram_unknown_kind'], shots);
  }, 30_000);

  it('counts garbage in the shape of DTLS', async () => {
    const random = seededBytes(8);
    await shoot(shots, () => Buffer.concat([Buffer.from([22, 0xfe, 0xfd]), random(200)]));
    await counted(['datagram_unknown_source', 'dtls_malformed'], shots);
  }, 30_000);

  it('counts media of others sent from elsewhere', async () => {
    const media = relay.newest('srtp');
    if (!media) throw new Error('expected recorded media');
    await shoot(shots, () => media);
    await counted(['datagram_unknown_source'], shots);
  }, 30_000);

  it('counts replayed and changed media from the right address', async () => {
    const replayed = relay.replay('srtp');
    expect(replayed).toBeGreaterThan(50);
    await counted(['srtp_replayed', 'srtcp_replayed', 'srtp_too_old', 'srtcp_too_old'], replayed);
    const changed = relay.replay('srtp', (bytes) => {
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      // Another sequence number far ahead, so that it is no known replay.
      bytes.writeUInt16BE((bytes.readUInt16BE(2) + 1000) & 0xffff, 2);
      return bytes;
    });
    await counted(['srtp_auth_failed', 'srtcp_auth_failed', 'srtcp_replayed', 'srtcp_too_old'], changed);
  }, 30_000);

  it('counts a replayed handshake', async () => {
    const replayed = relay.replay('dtls');
    expect(replayed).toBeGreaterThan(0);
    await until('the handshake answered or counted, the sessions alive', async () => {
      const now = await network.nodeDrops(0);
      const names = ['dtls_unexpected', 'dtls_malformed', 'dtls_failed'];
      return names.some((name) => (now.get(name) ?? 0) > (before.get(name) ?? 0));
    });
  }, 30_000);

  it('and the call does not notice', async () => {
    const [atAlice, atBob] = await Promise.all([alice.figures(), bob.figures()]);
    await until('30 more frames both ways', async () => {
      const [alicesNow, bobsNow] = await Promise.all([alice.figures(), bob.figures()]);
      return (
        (alicesNow.video.bob?.frames ?? 0) >= (atAlice.video.bob?.frames ?? 0) + 30 &&
        (bobsNow.video.alice?.frames ?? 0) >= (atBob.video.alice?.frames ?? 0) + 30
      );
    });
    for (const client of [alice, bob]) {
      expect((await client.figures()).packetsLost).toBe(0);
      expect(await client.page.evaluate(() => window.chroomMeeting?.reconnects)).toBe(0);
    }
  }, 30_000);
});
