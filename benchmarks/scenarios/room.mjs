// Rooms of generated participants: gives the engine's side and the generator's side to each other.

export const headerExtensions = [
  { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 },
  { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: 3 },
  { uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', id: 2 },
];
const generatorIds = { twcc: 3, ast: 2 };
// The control contract's enum values: PUBLISHER, SERVER, VIDEO.
const publisherRole = 1;
const serverRole = 1;
const videoKind = 2;
/** Calls in flight at once: the engine's inbox is bounded. */
const batchSize = 200;
const readySeconds = 60;

export const payloadTypes = { published: 96, publishedRtx: 97, subscribed: 100, subscribedRtx: 101 };

/**
 * Connects `count` new participants to a room.
 * @returns {Promise<{room: string, session: string, peer: number}[]>}
 */
export async function connectParticipants(engine, generator, { room, count, channels = false, firstPeer = 0 }) {
  const { fingerprint, peers } = await generator.ask('peers', { count });
  const members = peers.map((ice, index) => ({
    room,
    session: `PA_${firstPeer + index}`,
    peer: firstPeer + index,
    ice,
  }));
  for (let start = 0; start < members.length; start += batchSize) {
    const batch = members.slice(start, start + batchSize);
    const transports = await Promise.all(batch.map((member) => openTransport(engine, member, fingerprint, channels)));
    for (const [index, transport] of transports.entries())
      await connectPeer(generator, batch[index], transport, channels);
    await becomeReady(generator, start + batch.length);
  }
  return members;
}

async function openTransport(engine, { room, session, ice }, fingerprint, channels) {
  const fence = { room, token: 1n };
  await engine.call('createSession', {
    fence,
    session,
    identity: session.slice(3),
    canPublishData: true,
    canSubscribe: true,
  });
  const transport = await engine.call('createTransport', { fence, session, role: publisherRole });
  await engine.call('connectTransport', {
    fence,
    session,
    role: publisherRole,
    remoteIce: { usernameFragment: ice.ufrag, password: ice.pwd },
    remoteFingerprints: [{ algorithm: 'sha-256', value: fingerprint }],
    localDtlsRole: serverRole,
    headerExtensions,
    remoteSctpPort: channels ? 5000 : 0,
    remoteMaxMessageBytes: 64_000,
  });
  return transport;
}

async function connectPeer(generator, { peer }, transport, channels) {
  const [candidate] = transport.candidates;
  await generator.ask('connect', {
    peer,
    ufrag: transport.ice.usernameFragment,
    pwd: transport.ice.password,
    fingerprint: transport.fingerprint.value,
    address: candidate.address,
    port: candidate.port,
    channels: channels ? 1 : 0,
  });
}

async function becomeReady(generator, expected) {
  const { ready, failed } = await generator.ask('ready', { seconds: readySeconds });
  if (ready < expected) {
    throw new Error(
      `CONNECT_FAILED: expected ${expected} participants connected, received ${ready} (${failed} failed)`,
    );
  }
}

/** One VP8 track of `publisher` to all of `receivers`. */
export async function forwardVideo(
  engine,
  generator,
  publisher,
  receivers,
  { ssrc = 0x1000, track = 'TR_video' } = {},
) {
  const fence = { room: publisher.room, token: 1n };
  const { published, publishedRtx, subscribed, subscribedRtx } = payloadTypes;
  await engine.call('publish', {
    fence,
    session: publisher.session,
    role: publisherRole,
    track,
    kind: videoKind,
    mid: '0',
    codecs: [
      {
        payloadType: published,
        mimeType: 'video/VP8',
        clockRate: 90_000,
        rtxPayloadType: publishedRtx,
        nack: true,
        pli: true,
        transportCc: true,
      },
    ],
    encodings: [{ ssrc, rtxSsrc: ssrc + 1, quality: 2 }],
  });
  await generator.ask('publish', { peer: publisher.peer, ssrc, pt: published, ...generatorIds });
  for (let start = 0; start < receivers.length; start += batchSize) {
    const batch = receivers.slice(start, start + batchSize);
    const answers = await Promise.all(
      batch.map(({ session }) =>
        engine.call('subscribe', {
          fence,
          session,
          role: publisherRole,
          track,
          mid: '1',
          payloads: [{ published, subscribed, subscribedRtx }],
          maxQuality: 2,
        }),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      await generator.ask('receive', { peer: batch[index].peer, ssrc: answer.ssrc, twcc: generatorIds.twcc });
    }
  }
}
