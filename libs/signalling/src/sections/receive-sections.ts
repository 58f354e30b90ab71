import type { Description, MediaSection } from '../sdp/description.js';

/** The single-PC sections that the client opened for receiving, and the subscription that each one carries. */
export class ReceiveSections {
  private readonly trackByMid = new Map<string, string>();
  /** Sections that carried a track before: fresh ones go first, so that a client sees few changes. */
  private readonly usedMids = new Set<string>();

  /** mid to track sid, complete. */
  midToTrack(): Record<string, string> {
    return Object.fromEntries(this.trackByMid);
  }

  midOf(trackSid: string): string | undefined {
    for (const [mid, track] of this.trackByMid) if (track === trackSid) return mid;
    return undefined;
  }

  /** Takes a free section of the offer for the track; undefined when there is none. */
  assign(offer: Description, kind: 'audio' | 'video', trackSid: string): MediaSection | undefined {
    const free = this.freeSections(offer, kind);
    const section = free.find(({ mid }) => !this.usedMids.has(mid)) ?? free[0];
    if (!section) return undefined;
    this.trackByMid.set(section.mid, trackSid);
    this.usedMids.add(section.mid);
    return section;
  }

  release(trackSid: string): string | undefined {
    const mid = this.midOf(trackSid);
    if (mid !== undefined) this.trackByMid.delete(mid);
    return mid;
  }

  /** Subscriptions whose section the client no longer offers for receiving. */
  lost(offer: Description): string[] {
    const receiving = new Set(offer.sections.filter(isForReceiving).map(({ mid }) => mid));
    return [...this.trackByMid].filter(([mid]) => !receiving.has(mid)).map(([, track]) => track);
  }

  /** How many sections the client must add for the tracks that wait. */
  missing(offer: Description | undefined, waiting: { readonly audio: number; readonly video: number }) {
    const free = (kind: 'audio' | 'video') => (offer ? this.freeSections(offer, kind).length : 0);
    return {
      audio: Math.max(0, waiting.audio - free('audio')),
      video: Math.max(0, waiting.video - free('video')),
    };
  }

  private freeSections(offer: Description, kind: 'audio' | 'video'): MediaSection[] {
    return offer.sections.filter(
      (section) => section.kind === kind && isForReceiving(section) && !this.trackByMid.has(section.mid),
    );
  }
}

function isForReceiving(section: MediaSection): boolean {
  return section.kind !== 'application' && !section.rejected && section.direction === 'recvonly';
}
