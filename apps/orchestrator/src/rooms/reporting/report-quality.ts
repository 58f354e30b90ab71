import { control } from '@chroom/protocol';
import { type QualityRating, rateConnection, type StreamSample } from '@chroom/signalling';
import { type ConnectionQuality, ConnectionQualityInfo, ConnectionQualityUpdate } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';

const reportEveryMs = 5000;

/** Starts the room's report every 5 s; it goes on while somebody is there. */
export function startQualityReports(room: LiveRoom): void {
  if (room.qualityTimer) return;
  room.qualityTimer = room.context.timers.after(reportEveryMs, () => {
    room.qualityTimer = undefined;
    room.soon('report quality', () => {
      reportQuality(room);
      if (room.participants.size > 0) startQualityReports(room);
    });
  });
}

/** Each participant hears of itself and of those it receives, when anything of that changed. */
export function reportQuality(room: LiveRoom): void {
  const ratings = new Map<string, QualityRating>();
  for (const participant of room.participants.values()) {
    const rating = rate(room, participant);
    if (rating) ratings.set(participant.sid, rating);
  }
  for (const participant of room.participants.values()) {
    const relevant = [participant.sid, ...publishersOf(participant)].filter((sid) => ratings.has(sid));
    const summary = relevant.map((sid) => `${sid}:${ratings.get(sid)!.quality}`).join(' ');
    if (summary === participant.reportedQuality) continue;
    participant.reportedQuality = summary;
    const updates = relevant.map((sid) => qualityInfo(sid, ratings.get(sid)!));
    participant.send({ case: 'connectionQuality', value: new ConnectionQualityUpdate({ updates }) });
  }
}

function qualityInfo(participantSid: string, rating: { quality: ConnectionQuality; score: number }) {
  return new ConnectionQualityInfo({ participantSid, quality: rating.quality, score: rating.score });
}

function publishersOf(participant: Participant): Set<string> {
  return new Set([...participant.subscriptions.values()].map(({ publisherSid }) => publisherSid));
}

/** Nothing is claimed before the node has measured anything. */
function rate(room: LiveRoom, participant: Participant): QualityRating | undefined {
  const disconnected = participant.primary.state === control.TransportState.DISCONNECTED;
  const { statistics } = participant;
  if (participant.state !== 'active' || (!statistics && !disconnected)) return undefined;
  const published = (statistics?.published ?? []).map((track) => sample(room, track));
  const subscribed = (statistics?.subscribed ?? []).map((track) => sample(room, track));
  return rateConnection({ streams: [...published, ...subscribed], rttUs: statistics?.rttUs ?? 0, disconnected });
}

function sample(room: LiveRoom, track: control.TrackStatistics): StreamSample {
  return {
    kind: room.publisherOf(track.track)?.tracks.get(track.track)?.kind ?? 'audio',
    lossPpm: track.lossPpm,
    jitterUs: track.jitterUs,
    // The bit rate is of the last interval, the packet count is since the beginning.
    packets: track.bitrateBps > 0 ? Number(track.packets) : 0,
  };
}
