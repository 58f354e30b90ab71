import { ConnectionQuality } from '@livekit/protocol';

/** One stream over the last interval, as the node measured it. */
export interface StreamSample {
  readonly kind: 'audio' | 'video';
  /** Lost packets per million. */
  readonly lossPpm: number;
  readonly jitterUs: number;
  /** Packets in the interval; a silent stream says nothing about the network. */
  readonly packets: number;
}

export interface QualitySample {
  readonly streams: readonly StreamSample[];
  /** Smoothed; 0 unknown. */
  readonly rttUs: number;
  /** No ICE traffic for 10 s: the only thing that is called LOST. */
  readonly disconnected: boolean;
}

export interface QualityRating {
  readonly quality: ConnectionQuality;
  /** Mean opinion score, 1 (bad) to 4.5 (toll quality). */
  readonly score: number;
}

const excellentFrom = 4.1;
const goodFrom = 3.4;

/** The worst stream decides, as it does for the person who listens. */
export function rateConnection(sample: QualitySample): QualityRating {
  if (sample.disconnected) return { quality: ConnectionQuality.LOST, score: 0 };
  const active = sample.streams.filter((stream) => stream.packets > 0);
  const scores = active.map((stream) => opinionScore(stream, sample.rttUs));
  const score = scores.length > 0 ? Math.min(...scores) : opinionScore(idleStream, sample.rttUs);
  if (score >= excellentFrom) return { quality: ConnectionQuality.EXCELLENT, score };
  return { quality: score >= goodFrom ? ConnectionQuality.GOOD : ConnectionQuality.POOR, score };
}

const idleStream: StreamSample = { kind: 'audio', lossPpm: 0, jitterUs: 0, packets: 0 };

/** ITU-T G.107 default rating factor; 100 minus noise terms that a packet network does not have. */
const bestRating = 93.2;

/**
 * Simplified E-model (ITU-T G.107): delay impairment from half the round trip plus the receiver's jitter buffer, loss
 * impairment from the packet-loss robustness of the codec. Video repairs losses by retransmission and suffers more
 * from those that stay, which the steeper curve stands for.
 */
function opinionScore(stream: StreamSample, rttUs: number): number {
  const delayMs = rttUs / 2000 + (2 * stream.jitterUs) / 1000 + 20;
  const delayImpairment = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const lossPct = stream.lossPpm / 10_000;
  // Opus with in-band FEC has a robustness (Bpl) of about 20; video with NACK behaves like about 8.
  const robustness = stream.kind === 'audio' ? 20 : 8;
  const lossImpairment = (95 * lossPct) / (lossPct + robustness);
  const rating = Math.max(0, Math.min(100, bestRating - delayImpairment - lossImpairment));
  // The cubic of the recommendation dips below 1 for ratings under 7.
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
