import { ChroomError } from '@chroom/protocol';
import type { TrackSourceName, VideoGrants } from './access-tokens.port.js';

const kSources: readonly string[] = ['camera', 'microphone', 'screen_share', 'screen_share_audio'];
export const kLongestRoomNameChars = 256;

/** Reads the `video` claim. canPublish, canSubscribe and canPublishData are true when absent, everything else false. */
export function parseVideoGrants(claim: unknown): VideoGrants {
  const video = asObject(claim);
  const grants: VideoGrants = {
    roomJoin: flag(video, 'roomJoin', false),
    room: text(video, 'room', kLongestRoomNameChars),
    roomCreate: flag(video, 'roomCreate', false),
    roomList: flag(video, 'roomList', false),
    roomAdmin: flag(video, 'roomAdmin', false),
    canPublish: flag(video, 'canPublish', true),
    canSubscribe: flag(video, 'canSubscribe', true),
    canPublishData: flag(video, 'canPublishData', true),
    canPublishSources: sources(video.canPublishSources),
    canUpdateOwnMetadata: flag(video, 'canUpdateOwnMetadata', false),
    hidden: flag(video, 'hidden', false),
    recorder: flag(video, 'recorder', false),
    agent: flag(video, 'agent', false),
  };
  if (grants.roomJoin && grants.room === '') throw invalid('video.room', 'the name of the room to join', '""');
  return grants;
}

/** Grants of parts that are not served here (recording, ingress, metrics, ...). */
export function unreadVideoGrants(claim: unknown, read: VideoGrants): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asObject(claim)).filter(([name]) => !Object.hasOwn(read, name)));
}

function asObject(claim: unknown): Record<string, unknown> {
  if (claim === undefined || claim === null) return {};
  if (typeof claim !== 'object' || Array.isArray(claim)) throw invalid('video', 'an object', typeof claim);
  return claim as Record<string, unknown>;
}

function flag(video: Record<string, unknown>, name: string, absent: boolean): boolean {
  const value = video[name];
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'boolean') throw invalid(`video.${name}`, 'true or false', typeof value);
  return value;
}

function text(video: Record<string, unknown>, name: string, longestChars: number): string {
  const value = video[name] ?? '';
  if (typeof value !== 'string') throw invalid(`video.${name}`, 'a string', typeof value);
  if (value.length > longestChars) {
    throw invalid(`video.${name}`, `at most ${longestChars} characters`, `${value.length}`);
  }
  return value;
}

function sources(value: unknown): TrackSourceName[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('video.canPublishSources', `a list of ${kSources.join(', ')}`, typeof value);
  for (const source of value) {
    if (!kSources.includes(source)) {
      throw invalid('video.canPublishSources', `names of ${kSources.join(', ')}`, JSON.stringify(source).slice(0, 64));
    }
  }
  return [...new Set(value as TrackSourceName[])];
}

function invalid(claim: string, expected: string, got: string): ChroomError {
  return new ChroomError('TOKEN_INVALID', `invalid token: claim ${claim}: expected ${expected}, got ${got}`);
}
