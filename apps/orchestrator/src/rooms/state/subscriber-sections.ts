/** The sections of a dual-PC subscriber connection. They are never removed; a freed one carries the next track of its kind. */
export class SubscriberSections {
  readonly dataMid = '0';
  private readonly sections: { readonly mid: string; readonly kind: 'audio' | 'video'; trackSid: string }[] = [];

  assign(kind: 'audio' | 'video', trackSid: string): string {
    const free = this.sections.find((section) => section.kind === kind && section.trackSid === '');
    if (free) {
      free.trackSid = trackSid;
      return free.mid;
    }
    const mid = String(this.sections.length + 1);
    this.sections.push({ mid, kind, trackSid });
    return mid;
  }

  release(trackSid: string): boolean {
    const section = this.sections.find((candidate) => candidate.trackSid === trackSid);
    if (!section) return false;
    section.trackSid = '';
    return true;
  }

  all(): readonly { readonly mid: string; readonly kind: 'audio' | 'video'; readonly trackSid: string }[] {
    return this.sections;
  }

  midToTrack(): Record<string, string> {
    return Object.fromEntries(
      this.sections.filter(({ trackSid }) => trackSid !== '').map(({ mid, trackSid }) => [mid, trackSid]),
    );
  }
}
