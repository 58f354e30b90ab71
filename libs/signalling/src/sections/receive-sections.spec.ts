import { describe, expect, it } from '@jest/globals';
import { parseDescription } from '../sdp/parse-description.js';
import { type OfferSection, writeTestOffer } from '../testing/write-test-offer.js';
import { ReceiveSections } from './receive-sections.js';

const offerOf = (...sections: OfferSection[]) => parseDescription(writeTestOffer(sections));

describe('ReceiveSections', () => {
  it('takes receiving sections of the kind only, fresh ones before freed ones', () => {
    const offer = offerOf(
      { kind: 'audio', mid: 'a', direction: 'sendonly' },
      { kind: 'audio', mid: 'b' },
      { kind: 'audio', mid: 'c' },
      { kind: 'video', mid: 'd' },
      { kind: 'application', mid: 'e' },
    );
    const sections = new ReceiveSections();
    expect(sections.assign(offer, 'audio', 'TR_1')?.mid).toBe('b');
    expect(sections.release('TR_1')).toBe('b');
    expect(sections.assign(offer, 'audio', 'TR_2')?.mid).toBe('c');
    expect(sections.assign(offer, 'audio', 'TR_3')?.mid).toBe('b');
    expect(sections.assign(offer, 'audio', 'TR_4')).toBeUndefined();
    expect(sections.assign(offer, 'video', 'TR_5')?.mid).toBe('d');
    expect(sections.midToTrack()).toEqual({ b: 'TR_3', c: 'TR_2', d: 'TR_5' });
  });

  it('counts what is missing', () => {
    const offer = offerOf({ kind: 'audio', mid: 'a' }, { kind: 'video', mid: 'b', direction: 'inactive' });
    const sections = new ReceiveSections();
    expect(sections.missing(offer, { audio: 3, video: 1 })).toEqual({ audio: 2, video: 1 });
    expect(sections.missing(undefined, { audio: 0, video: 2 })).toEqual({ audio: 0, video: 2 });
  });

  it('knows which tracks lost their section', () => {
    const sections = new ReceiveSections();
    sections.assign(offerOf({ kind: 'audio', mid: 'a' }), 'audio', 'TR_1');
    expect(sections.lost(offerOf({ kind: 'audio', mid: 'a', direction: 'inactive' }))).toEqual(['TR_1']);
    expect(sections.lost(offerOf({ kind: 'audio', mid: 'a' }))).toEqual([]);
  });
});
