// One participant by @livekit/rtc-node in a process of its own (its native part does not share one with Jest).
//   node rtc-node-peer.mjs sine URL TOKEN FREQUENCY_HZ    publishes a sine as microphone
//   node rtc-node-peer.mjs listen URL TOKEN SECONDS       prints `SAMPLES {sampleRateHz, base64}` of what it hears
//   node rtc-node-peer.mjs video URL TOKEN TURN           publishes the test picture of this turn as camera, and prints
//                                                         `WATCHED {frames, before, after}` of the video that it receives
// All print `JOINED` when they are in the room and go on until they are ended.
import { setInterval as everyMs } from 'node:timers/promises';
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoCodec,
  VideoFrame,
  VideoSource,
  VideoStream,
} from '@livekit/rtc-node';
import { drawPicture, height, readPicture, width } from './test-picture.mjs';

const sampleRateHz = 48_000;
const frameSamples = sampleRateHz / 100;
const amplitude = 0.5 * 32_767;
/** Samples below this are the silence before the sender is heard. */
const silence = 1000;

const framesPerSecond = 20;
/** Eight packets and more a frame of what the encoder cannot predict. */
const videoBitsPerSecond = 2_000_000;
/** A video is watched once it has come this far, when joining and the sender's first estimates are over. */
const settlingFrames = 2 * framesPerSecond;
const watchedFrames = 4 * framesPerSecond;

const [role, url, token, value] = process.argv.slice(2);
const room = new Room();
if (role === 'listen') room.on(RoomEvent.TrackSubscribed, (track) => void listen(track, Number(value)));
if (role === 'video') room.on(RoomEvent.TrackSubscribed, (track) => void watch(track));
await room.connect(url, token, { autoSubscribe: true, dynacast: false });
process.stdout.write('JOINED\n');
if (role === 'sine') await playSine(Number(value));
if (role === 'video') await playPicture(Number(value));

async function playSine(frequencyHz) {
  const source = new AudioSource(sampleRateHz, 1);
  const track = LocalAudioTrack.createAudioTrack('sine', source);
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE, dtx: false });
  await room.localParticipant.publishTrack(track, options);
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz;
  for (let phase = 0; ; phase += frameSamples) {
    const samples = Int16Array.from({ length: frameSamples }, (_, index) =>
      Math.round(amplitude * Math.sin(step * (phase + index))),
    );
    // Resolves when the source has room again: real time sets the pace.
    await source.captureFrame(new AudioFrame(samples, sampleRateHz, 1, frameSamples));
  }
}

async function listen(track, seconds) {
  if (track.kind !== TrackKind.KIND_AUDIO) return;
  const wanted = seconds * sampleRateHz;
  const heard = new Int16Array(wanted);
  let length = 0;
  for await (const frame of new AudioStream(track, { sampleRate: sampleRateHz, numChannels: 1 })) {
    if (length === 0 && frame.data.every((sample) => Math.abs(sample) < silence)) continue;
    const samples = frame.data.subarray(0, wanted - length);
    heard.set(samples, length);
    length += samples.length;
    if (length === wanted) break;
  }
  process.stdout.write(
    `SAMPLES ${JSON.stringify({ sampleRateHz, base64: Buffer.from(heard.buffer).toString('base64') })}\n`,
  );
}

async function playPicture(turn) {
  const source = new VideoSource(width, height);
  const track = LocalVideoTrack.createVideoTrack('picture', source);
  const options = new TrackPublishOptions({
    source: TrackSource.SOURCE_CAMERA,
    videoCodec: VideoCodec.VP8,
    simulcast: false,
    videoEncoding: { maxBitrate: BigInt(videoBitsPerSecond), maxFramerate: framesPerSecond },
  });
  await room.localParticipant.publishTrack(track, options);
  let number = 0;
  for await (const _ of everyMs(1000 / framesPerSecond))
    source.captureFrame(new VideoFrame(drawPicture(number++, turn), width, height, VideoBufferType.I420));
}

async function watch(track) {
  if (track.kind !== TrackKind.KIND_VIDEO) return;
  const frames = [];
  let seen = 0;
  let before;
  for await (const { frame } of new VideoStream(track)) {
    if (++seen <= settlingFrames) continue;
    before ??= await receivedVideo();
    const picture = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
    const { number, areas } = readPicture(picture.data, frame);
    frames.push({ number, areas: areas.map((colour) => colour.map(Math.round)) });
    if (frames.length === watchedFrames) break;
  }
  process.stdout.write(`WATCHED ${JSON.stringify({ frames, before, after: await receivedVideo() })}\n`);
}

/** What the receiver counts; the faults are what a packet that is no valid RTP, or a frame without one, leads to. */
async function receivedVideo() {
  // With one peer connection for both directions, what is received is among the publisher's.
  const { publisherStats, subscriberStats } = await room.getRtcStats();
  const all = [...subscriberStats, ...publisherStats].map(({ stats }) => stats);
  const inbound = all.find(({ case: kind, value }) => kind === 'inboundRtp' && value.stream.kind === 'video')?.value;
  if (!inbound) throw new Error(`expected an inbound video, received ${all.map(({ case: kind }) => kind)}`);
  const { framesReceived, framesDecoded, framesAssembledFromMultiplePackets, ...rest } = inbound.inbound;
  return {
    packets: Number(inbound.received.packetsReceived),
    framesReceived: Number(framesReceived),
    framesDecoded,
    framesOfSeveralPackets: Number(framesAssembledFromMultiplePackets),
    faults: {
      lost: Number(inbound.received.packetsLost),
      discarded: Number(rest.packetsDiscarded),
      nacks: rest.nackCount,
      keyFrameRequests: rest.pliCount + rest.firCount,
    },
  };
}
