import path from 'node:path';
import { startChild } from '../../tools/embedded/child.mjs';
import { repositoryRoot } from '../../tools/setup/repository.mjs';

export interface HeardSamples {
  readonly sampleRateHz: number;
  readonly samples: Int16Array;
}

/** A participant by @livekit/rtc-node; `role` and `value` as in rtc-node-peer.mjs. Ready when it is in the room. */
export async function startRtcNodePeer(role: 'sine' | 'listen', url: string, token: string, value: number) {
  let resolveHeard: (heard: HeardSamples) => void = () => {};
  const heard = new Promise<HeardSamples>((resolve) => {
    resolveHeard = resolve;
  });
  const child = await startChild({
    name: `rtc-node (${role})`,
    command: process.execPath,
    args: [path.join(repositoryRoot, 'test/peers/rtc-node-peer.mjs'), role, url, token, String(value)],
    spawn: { cwd: repositoryRoot },
    readyLine: (line: string) => line === 'JOINED',
    // Its native threads do not end in time when they are asked.
    stopSignal: 'SIGKILL',
  });
  child.onLine((line: string) => {
    if (!line.startsWith('SAMPLES ')) return;
    const { sampleRateHz, base64 } = JSON.parse(line.slice('SAMPLES '.length)) as {
      sampleRateHz: number;
      base64: string;
    };
    const bytes = Buffer.from(base64, 'base64');
    const samples = new Int16Array(bytes.length / 2);
    for (let index = 0; index < samples.length; index++) samples[index] = bytes.readInt16LE(index * 2);
    resolveHeard({ sampleRateHz, samples });
  });
  return { heard, stop: () => child.stop(), recentOutput: () => child.recentOutput() };
}
