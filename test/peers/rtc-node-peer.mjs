// One participant by @livekit/rtc-node in a process of its own (its native part does not share one with Jest).
//   node rtc-node-peer.mjs sine URL TOKEN FREQUENCY_HZ    publishes a sine as microphone
//   node rtc-node-peer.mjs listen URL TOKEN SECONDS       prints `SAMPLES {sampleRateHz, base64}` of what it hears
// Both print `JOINED` when they are in the room and go on until they are ended.
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';

const sampleRateHz = 48_000;
const frameSamples = sampleRateHz / 100;
const amplitude = 0.5 * 32_767;
/** Samples below this are the silence before the sender is heard. */
const silence = 1000;

const [role, url, token, value] = process.argv.slice(2);
const room = new Room();
if (role === 'listen') room.on(RoomEvent.TrackSubscribed, (track) => void listen(track, Number(value)));
await room.connect(url, token, { autoSubscribe: true, dynacast: false });
process.stdout.write('JOINED\n');
if (role === 'sine') await playSine(Number(value));

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
