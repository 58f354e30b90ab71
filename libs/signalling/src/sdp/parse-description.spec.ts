import { ChroomError } from '@chroom/protocol';
import { describe, expect, it } from '@jest/globals';
import { recordedOffer, recordedOffers } from '../fixtures/fixtures.js';
import { writeTestOffer } from '../testing/write-test-offer.js';
import { parseDescription } from './parse-description.js';

describe('parseDescription', () => {
  it("reads Chromium's first offer: three sections of each kind to receive, and data channels", () => {
    const offer = parseDescription(recordedOffer('chromium-147-first'));
    expect(offer.sections.map(({ kind, direction, mid }) => `${mid} ${kind} ${direction}`)).toEqual([
      '0 audio recvonly',
      '1 audio recvonly',
      '2 audio recvonly',
      '3 video recvonly',
      '4 video recvonly',
      '5 video recvonly',
      '6 application sendrecv',
    ]);
    expect(offer.bundledMids).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(offer.sections[6]!.sctp).toEqual({ port: 5000, maxMessageBytes: 262_144 });
    expect(offer.setup).toBe('actpass');
    expect(offer.extmapAllowMixed).toBe(true);
    expect(offer.fingerprints).toEqual([{ algorithm: 'sha-256', value: expect.stringMatching(/^([0-9A-F]{2}:){31}/) }]);
  });

  it("reads Chromium's camera section: layers in its order, codecs with their retransmission formats", () => {
    const camera = parseDescription(recordedOffer('chromium-147-publish-vp8')).sections.at(-1)!;
    expect(camera).toMatchObject({ kind: 'video', direction: 'sendonly', sendRids: ['q', 'h', 'f'], rejected: false });
    expect(camera.msidTrack).toBe('b20e289a-d82e-4a19-a9e1-625fd2253c0f');
    expect(camera.codecs[0]).toMatchObject({ payloadType: 96, name: 'VP8', rtxPayloadType: 97 });
    expect(camera.codecs.some(({ name }) => name === 'rtx')).toBe(false);
  });

  it("reads Firefox's camera section: port 0 with bundle-only is alive, SSRCs come in FID pairs", () => {
    const camera = parseDescription(recordedOffer('firefox-esr-publish-vp8')).sections.at(-1)!;
    expect(camera).toMatchObject({ rejected: false, sendRids: ['q', 'h', 'f'], extmapAllowMixed: true });
    expect(camera.ssrcs).toEqual([
      { ssrc: 98260531, rtxSsrc: 1201780536 },
      { ssrc: 753501221, rtxSsrc: 4140308425 },
      { ssrc: 1796548252, rtxSsrc: 693019801 },
    ]);
    expect(camera.extensions).toContainEqual({ id: 9, uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id' });
  });

  it('takes the order of layers from a=simulcast and forgets pause marks', () => {
    const text = writeTestOffer([{ kind: 'video', mid: '0', direction: 'sendonly', rids: ['q', 'h', 'f'] }]);
    const reordered = text.replace('send q;h;f', 'send f;~h;q');
    expect(parseDescription(reordered).sections[0]!.sendRids).toEqual(['f', 'h', 'q']);
  });

  it.each([
    ['no version line', (text: string) => text.slice(3), /v=0/],
    ['no section', (text: string) => text.slice(0, text.indexOf('m=')), /no media section/],
    ['no ICE password', (text: string) => text.replaceAll(/a=ice-pwd:.*\r\n/g, ''), /ice-pwd/],
    ['a short ICE fragment', (text: string) => text.replaceAll('a=ice-ufrag:abcd', 'a=ice-ufrag:abc'), /ice-ufrag/],
    ['no fingerprint', (text: string) => text.replaceAll(/a=fingerprint:.*\r\n/g, ''), /fingerprint/],
    ['a cut fingerprint', (text: string) => text.replaceAll(':AB\r\n', '\r\n'), /fingerprint/],
    ['only a weak fingerprint', (text: string) => text.replaceAll('sha-256', 'sha-1'), /fingerprint/],
    ['a section without mid', (text: string) => text.replace('a=mid:0\r\n', ''), /a=mid/],
    ['two sections of one mid', (text: string) => text.replace('a=mid:1', 'a=mid:0'), /same a=mid/],
    ['an unknown medium', (text: string) => text.replace('m=video', 'm=image'), /m=audio/],
    ['a payload type over 127', (text: string) => text.replaceAll('96', '196'), /payload types/],
    ['a format without rtpmap', (text: string) => text.replace('a=rtpmap:96 VP8/90000\r\n', ''), /rtpmap/],
    ['an extension id of 0', (text: string) => text.replaceAll('extmap:4', 'extmap:0'), /header extension ids/],
    ['an SSRC of 33 bits', (text: string) => text.replace('a=ssrc:7', 'a=ssrc:4294967296'), /SSRC/],
    ['an odd setup', (text: string) => text.replaceAll('a=setup:actpass', 'a=setup:holdconn'), /a=setup/],
    ['too many sections', (text: string) => text + 'm=audio 9 UDP/TLS/RTP/SAVPF\r\n'.repeat(600), /at most 512/],
    ['a huge text', (text: string) => text + 'a'.repeat(600_000), /at most/],
  ])('refuses %s and says why', (_name, spoil, reason) => {
    const text = writeTestOffer([
      { kind: 'video', mid: '0', direction: 'sendonly', ssrc: 7 },
      { kind: 'audio', mid: '1' },
    ]);
    expect(() => parseDescription(text)).not.toThrow();
    expect(() => parseDescription(spoil(text))).toThrow(reason);
    expect(() => parseDescription(spoil(text))).toThrow(expect.objectContaining({ code: 'SDP_INVALID' }));
  });

  it('survives any damage to real offers: it parses or it says SDP_INVALID', () => {
    const seed = 20_260;
    const random = mulberry32(seed);
    const failures: string[] = [];
    for (let round = 0; round < 4000; round += 1) {
      const original = recordedOffer(recordedOffers[round % recordedOffers.length]!);
      const damaged = damage(original, random);
      try {
        parseDescription(damaged);
      } catch (error) {
        if (!(error instanceof ChroomError) || error.code !== 'SDP_INVALID') failures.push(`seed ${seed}: ${error}`);
      }
    }
    expect(failures).toEqual([]);
  });
});

/** Cuts, doubles, swaps and overwrites lines and characters. */
function damage(text: string, random: () => number): string {
  const lines = text.split('\r\n');
  const at = () => Math.floor(random() * lines.length);
  for (let blow = 0; blow < 1 + random() * 6; blow += 1) {
    const kind = Math.floor(random() * 6);
    const position = at();
    const line = lines[position]!;
    if (kind === 0) lines.splice(position, 1 + Math.floor(random() * 4));
    else if (kind === 1) lines.splice(position, 0, lines[at()]!);
    else if (kind === 2) lines[position] = line.slice(0, Math.floor(random() * line.length));
    else if (kind === 3) lines[position] = line.replace(/\d+/, String(Math.floor(random() * 2 ** 40) - 2 ** 20));
    else if (kind === 4)
      lines[position] = `${line.slice(0, 6)}${'__proto__ \u0000;=:/\ud800'.repeat(Math.floor(random() * 40))}`;
    else lines[position] = lines[at()]!.split('').reverse().join('');
    if (lines.length === 0) return '';
  }
  return lines.join(random() < 0.5 ? '\r\n' : '\n');
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
