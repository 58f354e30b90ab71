import path from 'node:path';
import { startChild } from '../../tools/embedded/child.mjs';
import { repositoryRoot } from '../../tools/setup/repository.mjs';

export interface HeardSamples {
  readonly sampleRateHz: number;
  readonly samples: Int16Array;
}

/** What libwebrtc counted of the one video that it receives. */
export interface ReceivedVideo {
  readonly packets: number;
  readonly framesReceived: number;
  readonly framesDecoded: number;
  readonly framesOfSeveralPackets: number;
  readonly faults: {
    readonly lost: number;
    readonly discarded: number;
    readonly nacks: number;
    readonly keyFrameRequests: number;
  };
}

/** Consecutive decoded frames, each by its number and the mean colours of its areas (test-picture.mjs). */
export interface WatchedVideo {
  readonly frames: readonly { readonly number: number; readonly areas: number[][] }[];
  readonly before: ReceivedVideo;
  readonly after: ReceivedVideo;
}

/** A participant by @livekit/rtc-node; `role` and `value` as in rtc-node-peer.mjs. Ready when it is in the room. */
export async function startRtcNodePeer(role: 'sine' | 'listen' | 'video', url: string, token: string, value: number) {
  const child = await startChild({
    name: `rtc-node (${role})`,
    command: process.execPath,
    args: [path.join(repositoryRoot, 'test/peers/rtc-node-peer.mjs'), role, url, token, String(value)],
    spawn: { cwd: repositoryRoot },
    readyLine: (line: string) => line === 'JOINED',
    // Its native threads do not end in time when they are asked.
    stopSignal: 'SIGKILL',
  });
  /** What it prints after this word; rejects when it ends without. */
  const told = <T>(word: string) =>
    new Promise<T>((resolve, reject) => {
      child.onLine((text: string) => {
        if (text.startsWith(`${word} `)) resolve(JSON.parse(text.slice(word.length + 1)));
      });
      void child.end.then(() => reject(new Error(`expected ${word} of rtc-node, it ended: ${child.recentOutput()}`)));
    });
  const heard = told<{ sampleRateHz: number; base64: string }>('SAMPLES').then(decodeSamples);
  const watched = told<WatchedVideo>('WATCHED');
  // A peer has one of these to say, and is stopped without the other.
  for (const unsaid of [heard, watched]) unsaid.catch(() => {});
  return {
    heard,
    watched,
    stop: () => child.stop(),
    recentOutput: () => child.recentOutput(),
  };
}

function decodeSamples({ sampleRateHz, base64 }: { sampleRateHz: number; base64: string }): HeardSamples {
  const bytes = Buffer.from(base64, 'base64');
  const samples = Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
  return { sampleRateHz, samples };
}
