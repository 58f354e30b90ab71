// Rooms of generated participants: gives the engine's side and the generator's side to each other.

export const headerExtensions = [
  { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 },
  { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: 3 },
  { uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', id: 2 },
  { uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 1 },
];
const generatorIds = { twcc: 3, ast: 2 };
const audioLevelId = 1;
// The control contract's enum values: PUBLISHER, SERVER, AUDIO, VIDEO.
const publisherRole = 1;
const serverRole = 1;
const audioKind = 1;
const videoKind = 2;
/** Calls in flight at once: the engine's inbox is bounded. */
const batchSize = 200;
const readySeconds = 60;

export const payloadTypes = { published: 96, publishedRtx: 97, subscribed: 100, subscribedRtx: 101, audio: 111 };

/**
 * Connects `count` new participants to a room, numbered from firstPeer on, which is how many there are already. They offer
 * one cipher, the engine takes what it is offered.
 * @param {{room: string, count: number, channels?: boolean, firstPeer?: number, srtp?: 'gcm' | 'cm'}} options
 * @returns {Promise<{room: string, session: string, peer: number}[]>}
 */
export async function connectParticipants(
  engine,
  generator,
  { room, count, channels = false, firstPeer = 0, srtp = 'gcm' },
) {
  const { fingerprint, peers } = await generator.ask('peers', { count, srtp });
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
    await becomeReady(generator, firstPeer + start + batch.length);
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

/**
 * @typedef {{room: string, session: string, peer: number}} Member
 * @typedef {{fps: number, packets: number, bytes: number}} Shape one frame's packets, and how many frames a second
 * @typedef {{room: string, name: string, codec: {published: number, subscribed: number, subscribedRtx: number}, clockRate: number}} Track
 */

/**
 * A VP8 track with one encoding, or several for simulcast, from low to high quality. An encoding without a shape sends
 * what a run says.
 * @param {Member} publisher @param {{ssrc?: number, shapes?: (Shape | undefined)[]}} [options] SSRCs from `ssrc` on are used
 * @returns {Promise<Track>}
 */
export async function publishVideo(engine, generator, publisher, { ssrc = 0x1000, shapes = [undefined] } = {}) {
  const { published, publishedRtx, subscribed, subscribedRtx } = payloadTypes;
  const codec = { payloadType: published, mimeType: 'video/VP8', clockRate: 90_000, rtxPayloadType: publishedRtx };
  const track = { room: publisher.room, name: `TR_${publisher.session}_${ssrc}`, clockRate: codec.clockRate };
  const encodings = shapes.map((_, index) => ({
    ssrc: ssrc + 2 * index,
    rtxSsrc: ssrc + 2 * index + 1,
    quality: shapes.length === 1 ? 2 : index,
  }));
  await publish(engine, publisher, {
    track: track.name,
    kind: videoKind,
    codecs: [{ ...codec, nack: true, pli: true, transportCc: true }],
    encodings,
  });
  for (const [index, shape] of shapes.entries()) {
    const words = { peer: publisher.peer, ssrc: encodings[index].ssrc, pt: published, ...generatorIds, ...shape };
    await generator.ask('publish', words);
  }
  return { ...track, codec: { published, subscribed, subscribedRtx } };
}

/** An Opus track. @param {Member} publisher @param {{ssrc: number, shape?: Shape}} options @returns {Promise<Track>} */
export async function publishAudio(engine, generator, publisher, { ssrc, shape }) {
  const { audio } = payloadTypes;
  const codec = { payloadType: audio, mimeType: 'audio/opus', clockRate: 48_000, channels: 2, transportCc: true };
  const track = { room: publisher.room, name: `TR_${publisher.session}_${ssrc}`, clockRate: codec.clockRate };
  await publish(engine, publisher, {
    track: track.name,
    kind: audioKind,
    codecs: [codec],
    encodings: [{ ssrc, quality: 2 }],
  });
  const words = { peer: publisher.peer, ssrc, pt: audio, audio: 1, level: audioLevelId, ...generatorIds, ...shape };
  await generator.ask('publish', words);
  return { ...track, codec: { published: audio, subscribed: audio, subscribedRtx: 0 } };
}

function publish(engine, publisher, request) {
  const { room, session } = publisher;
  const mid = `p${nextMid(publisher)}`;
  return engine.call('publish', { fence: { room, token: 1n }, session, role: publisherRole, mid, ...request });
}

/** @param {Track} track @param {Member[]} receivers of the same room */
export async function subscribe(engine, generator, track, receivers, { maxQuality = 2 } = {}) {
  for (let start = 0; start < receivers.length; start += batchSize) {
    const batch = receivers.slice(start, start + batchSize);
    const answers = await Promise.all(
      batch.map((receiver) =>
        engine.call('subscribe', {
          fence: { room: track.room, token: 1n },
          session: receiver.session,
          role: publisherRole,
          track: track.name,
          mid: `s${nextMid(receiver)}`,
          payloads: [track.codec],
          maxQuality,
        }),
      ),
    );
    for (const [index, { ssrc }] of answers.entries()) {
      const words = { peer: batch[index].peer, ssrc, clock: track.clockRate, twcc: generatorIds.twcc };
      await generator.ask('receive', words);
    }
  }
}

function nextMid(member) {
  member.mids = (member.mids ?? 0) + 1;
  return member.mids;
}
