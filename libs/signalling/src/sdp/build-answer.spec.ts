import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { type RecordedOffer, recordedOffer, recordedOffers } from '../fixtures/fixtures.js';
import { answeredExtensions, buildAnswer, type SectionUse } from './build-answer.js';
import type { Description } from './description.js';
import { parseDescription } from './parse-description.js';
import { mapPayloads, publishableCodecs } from './payload-map.js';
import type { LocalTransport } from './write-description.js';

/** Another parser reads what we write. */
const { parse } = createRequire(import.meta.url)('sdp-transform') as { parse(text: string): ParsedSdp };

interface ParsedSdp {
  readonly groups: readonly { readonly type: string; readonly mids: string | number }[];
  readonly icelite: string;
  readonly fingerprint: { readonly type: string; readonly hash: string };
  readonly extmapAllowMixed?: string;
  readonly media: readonly ParsedMedia[];
}

interface ParsedMedia {
  readonly type: string;
  readonly port: number;
  readonly payloads: string;
  readonly mid: number | string;
  readonly direction?: string;
  readonly setup: string;
  readonly iceUfrag: string;
  readonly candidates?: readonly { readonly ip: string; readonly port: number; readonly transport: string }[];
  readonly endOfCandidates?: string;
  readonly msid?: unknown;
  readonly ssrcs?: readonly { readonly id: number; readonly attribute: string; readonly value: string }[];
  readonly ssrcGroups?: readonly { readonly semantics: string; readonly ssrcs: string }[];
  readonly rids?: readonly { readonly id: string; readonly direction: string }[];
  readonly simulcast?: { readonly dir1: string; readonly list1: string };
  readonly ext?: readonly { readonly value: number; readonly uri: string }[];
  readonly rtp: readonly { readonly payload: number; readonly codec: string }[];
  readonly fmtp: readonly { readonly payload: number; readonly config: string }[];
  readonly rtcpFb?: readonly unknown[];
  readonly rtcpMux?: string;
  readonly sctpPort?: number;
  readonly maxMessageSize?: number;
}

const transport: LocalTransport = {
  ice: { usernameFragment: 'node', password: 'p'.repeat(24) },
  fingerprint: { algorithm: 'sha-256', value: Array(32).fill('CD').join(':') },
  candidates: [{ foundation: '1', protocol: 'udp', address: '127.0.0.1', port: 7882, priority: 2_130_706_431 }],
};

function answer(offer: Description, uses: ReadonlyMap<string, SectionUse> = new Map()): ParsedSdp {
  const text = write(offer, uses);
  expect(text).not.toContain('undefined');
  return parse(text);
}

function write(offer: Description, uses: ReadonlyMap<string, SectionUse>): string {
  return buildAnswer({ offer, transport, sessionId: 5n, sessionVersion: 1, uses, maxMessageBytes: 64_000 });
}

describe('buildAnswer', () => {
  it.each(recordedOffers)('keeps order, kinds and mids of %s and bundles what it accepts', (name: RecordedOffer) => {
    const offer = parseDescription(recordedOffer(name));
    const sdp = answer(offer);
    expect(sdp.media.map(({ type, mid }) => [type, String(mid)])).toEqual(
      offer.sections.map(({ kind, mid }) => [kind, mid]),
    );
    expect(String(sdp.groups[0]!.mids)).toBe(offer.bundledMids.join(' '));
    expect(sdp.icelite).toBe('ice-lite');
    expect(new Set(sdp.media.map(({ iceUfrag }) => iceUfrag))).toEqual(new Set(['node']));
    expect(new Set(sdp.media.map(({ setup }) => setup))).toEqual(new Set(['passive']));
    expect(sdp.media[0]!.candidates).toEqual([
      expect.objectContaining({ ip: '127.0.0.1', port: 7882, transport: 'udp' }),
    ]);
    expect(sdp.media[0]!.endOfCandidates).toBeDefined();
  });

  it('answers unused sections inactive and data channels with our bounds', () => {
    const sdp = answer(parseDescription(recordedOffer('chromium-147-first')));
    expect(sdp.media.slice(0, 6).map(({ direction }) => direction)).toEqual(Array(6).fill('inactive'));
    expect(sdp.media[6]).toMatchObject({ sctpPort: 5000, maxMessageSize: 64_000 });
    expect(sdp.media[0]!.msid).toBeUndefined();
  });

  it('takes a simulcast publication: recvonly, the wanted codec first, every layer by name', () => {
    const offer = parseDescription(recordedOffer('chromium-147-publish-vp8'));
    const camera = offer.sections.at(-1)!;
    const codecs = publishableCodecs(camera, 'vp8', false);
    const sdp = answer(offer, new Map([[camera.mid, { use: 'publish', codecs, rids: camera.sendRids }]]));
    const section = sdp.media.at(-1)!;
    expect(section.direction).toBe('recvonly');
    expect(section.payloads).toBe('96 97');
    expect(section.rids).toEqual(['q', 'h', 'f'].map((id) => ({ id, direction: 'recv' })));
    expect(section.simulcast).toEqual({ dir1: 'recv', list1: 'q;h;f' });
    expect(section.fmtp.some(({ config }) => config.includes('x-google'))).toBe(false);
    expect(section.rtp.map(({ codec }) => codec)).not.toContain('ulpfec');
    expect(section.rtcpMux).toBeDefined();
    const offered = new Map(camera.extensions.map(({ uri, id }) => [uri, id]));
    for (const { uri, value } of section.ext!) expect(offered.get(uri)).toBe(value);
  });

  it('publishes all profiles of H264 when that is wanted, and nothing else', () => {
    const offer = parseDescription(recordedOffer('chromium-147-publish-h264'));
    const codecs = publishableCodecs(offer.sections.at(-1)!, 'h264', false);
    expect(new Set(codecs.map(({ name }) => name))).toEqual(new Set(['H264']));
    expect(codecs.length).toBeLessThanOrEqual(8);
    const receiver = parseDescription(recordedOffer('chromium-147-first'));
    const pairs = mapPayloads(codecs, receiver.sections.find(({ kind }) => kind === 'video')!.codecs);
    expect(pairs.map(({ published, receiver: codec }) => [published, codec.payloadType])).toEqual(
      codecs.map(({ payloadType }) => [payloadType, payloadType]),
    );
  });

  it("sends a subscription in a section that the client receives on, with the client's payload types", () => {
    const publisher = parseDescription(recordedOffer('firefox-esr-publish-vp8'));
    const receiver = parseDescription(recordedOffer('chromium-147-first'));
    const video = receiver.sections.find(({ kind }) => kind === 'video')!;
    const pairs = mapPayloads(publishableCodecs(publisher.sections.at(-1)!, 'vp8', false), video.codecs);
    const stream = { streamId: 'PA_a|TR_b', trackId: 'TR_b', cname: 'PA_a', ssrc: 4_000_000_001, rtxSsrc: 7 };
    const codecs = pairs.map((pair) => pair.receiver);
    const uses = new Map<string, SectionUse>([[video.mid, { use: 'subscribe', codecs, stream }]]);
    const section = answer(receiver, uses).media[video.index]!;
    expect(section.direction).toBe('sendonly');
    expect(section.payloads).toBe('96 97');
    // sdp-transform stops at the bar; browsers do not.
    expect(write(receiver, uses)).toContain('\r\na=msid:PA_a|TR_b TR_b\r\n');
    expect(section.ssrcGroups).toEqual([{ semantics: 'FID', ssrcs: '4000000001 7' }]);
    expect(section.ssrcs).toContainEqual({ id: 7, attribute: 'cname', value: 'PA_a' });
    expect(section.ext!.some(({ uri }) => uri.endsWith('rtp-stream-id'))).toBe(true);
  });

  it('rejects a section without a codec that is forwarded, and the rest goes on', () => {
    const text = recordedOffer('chromium-147-first').replaceAll(/ (VP8|VP9|AV1|H264)\//g, ' H263/');
    const sdp = answer(parseDescription(text));
    expect(sdp.media.map(({ port }) => port)).toEqual([9, 9, 9, 0, 0, 0, 9]);
    expect(sdp.groups[0]!.mids).toBe('0 1 2 6');
  });

  it('is the DTLS client for a peer that answers passive', () => {
    const offer = parseDescription(recordedOffer('chromium-147-first').replaceAll('setup:actpass', 'setup:passive'));
    expect(answer(offer).media[0]!.setup).toBe('active');
  });

  it('merges the extension ids of all sections into one table', () => {
    const extensions = answeredExtensions(parseDescription(recordedOffer('chromium-147-publish-vp8')));
    expect(new Set(extensions.map(({ id }) => id)).size).toBe(extensions.length);
    expect(extensions.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining([
        'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
        'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
        'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
      ]),
    );
  });
});
