import { type AddTrackRequest, TrackType } from '@livekit/protocol';
import type { MediaSection } from '../sdp/description.js';

/** A track that was announced by add_track and waits for its section. */
export interface AwaitedTrack {
  readonly sid: string;
  readonly request: AddTrackRequest;
}

/**
 * Which awaited track a section carries: the one whose cid (or simulcast codec cid) stands in a=msid, else the oldest
 * of that kind (some clients rename their tracks).
 */
export function matchTrack<T extends AwaitedTrack>(section: MediaSection, awaited: readonly T[]): T | undefined {
  const type = section.kind === 'audio' ? TrackType.AUDIO : TrackType.VIDEO;
  const ofKind = awaited.filter((track) => track.request.type === type);
  const named = ofKind.find(
    ({ request }) =>
      request.cid === section.msidTrack || request.simulcastCodecs.some((codec) => codec.cid === section.msidTrack),
  );
  return named ?? ofKind[0];
}
