import { type RemoteTrack, type Room, Track } from 'livekit-client';
import type { FrameFigures, FrameMeter } from './frame-meter';

export interface CallFigures {
  /** One per remote video, by participant identity. */
  readonly video: Readonly<Record<string, FrameFigures>>;
  /** Round trip to the media node, ms; undefined before the first measurement. */
  readonly rttMs: number | undefined;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Frames that the decoder gave since the track began, and the time of that count (ms), by identity. */
  readonly decoded: Readonly<Record<string, { readonly frames: number; readonly atMs: number }>>;
  /** Audio energy received (RTCStats totalAudioEnergy), by identity. */
  readonly audioEnergy: Readonly<Record<string, number>>;
}

/** Reads what the browser itself counted; nothing here is estimated by us. */
export async function readCallFigures(room: Room, meters: ReadonlyMap<string, FrameMeter>): Promise<CallFigures> {
  const totals = { rttMs: undefined as number | undefined, packetsReceived: 0, packetsLost: 0 };
  const audioEnergy: Record<string, number> = {};
  const decoded: Record<string, { frames: number; atMs: number }> = {};
  for (const participant of room.remoteParticipants.values()) {
    for (const publication of participant.trackPublications.values()) {
      const track = publication.track as RemoteTrack | undefined;
      const report = await track?.getRTCStatsReport();
      report?.forEach((entry) => {
        if (entry.type === 'inbound-rtp') {
          totals.packetsReceived += entry.packetsReceived ?? 0;
          totals.packetsLost += entry.packetsLost ?? 0;
          if (publication.kind === Track.Kind.Audio) audioEnergy[participant.identity] = entry.totalAudioEnergy ?? 0;
          else decoded[participant.identity] = { frames: entry.framesDecoded ?? 0, atMs: entry.timestamp };
        }
        if (entry.type === 'candidate-pair' && entry.nominated && entry.currentRoundTripTime !== undefined) {
          totals.rttMs = entry.currentRoundTripTime * 1000;
        }
      });
    }
  }
  const video: Record<string, FrameFigures> = {};
  for (const [identity, meter] of meters) video[identity] = meter.figures();
  return { video, decoded, audioEnergy, ...totals };
}
