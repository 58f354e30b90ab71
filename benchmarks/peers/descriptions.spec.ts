import { parseDescription } from '@chroom/signalling';
import { describe, expect, it } from '@jest/globals';
import { readOfferedStream, readRemote, writePublishOffer, writeReceiveAnswer } from './descriptions.mjs';

const fingerprint = Array(32).fill('AB').join(':');
const local = { ufrag: 'abcd', pwd: '0123456789012345678901', address: '127.0.0.1', port: 4000, fingerprint };
const candidate = 'candidate:1 1 udp 2015363327 192.0.2.7 5004 typ host';

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 v',
  'a=ice-lite',
  `a=fingerprint:sha-256 ${fingerprint}`,
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:0',
  'a=ice-ufrag:peer',
  'a=ice-pwd:1234567890123456789012',
  'a=setup:actpass',
  'a=sctp-port:5000',
  'm=video 9 UDP/TLS/RTP/SAVPF 98 99',
  'a=mid:v',
  'a=ice-ufrag:peer',
  'a=ice-pwd:1234567890123456789012',
  'a=setup:actpass',
  'a=sendonly',
  'a=rtpmap:98 H264/90000',
  'a=rtpmap:99 VP8/90000',
  'a=rtcp-fb:99 nack pli',
  'a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=ssrc:77 cname:x',
  '',
].join('\r\n');

describe('descriptions between a peer and the load generator', () => {
  it('offer one VP8 stream by its SSRC, as the DTLS client, with a candidate', () => {
    const text = writePublishOffer(local, { ssrc: 4096, track: 'video' });
    const read = parseDescription(text);
    expect(read.setup).toBe('active');
    expect(read.sections).toHaveLength(1);
    expect(read.sections[0]).toMatchObject({
      direction: 'sendonly',
      msidTrack: 'video',
      ssrcs: [{ ssrc: 4096, rtxSsrc: 0 }],
    });
    expect(readRemote(text)).toEqual(local);
  });

  it('answer every section of an offer under its mid, and take VP8 of the codecs', () => {
    const read = parseDescription(writeReceiveAnswer(offer, local));
    expect(read.sections.map(({ kind, mid }) => [kind, mid])).toEqual([
      ['application', '0'],
      ['video', 'v'],
    ]);
    expect(read.sections[1]).toMatchObject({ direction: 'recvonly', codecs: [{ payloadType: 99, name: 'VP8' }] });
    expect(read.setup).toBe('active');
  });

  it('tell the stream that is offered and its extension id', () => {
    expect(readOfferedStream(offer)).toEqual({ ssrc: 77, twcc: 7 });
  });

  it('take a candidate that came apart from the description', () => {
    expect(readRemote(offer, candidate)).toEqual({
      ufrag: 'peer',
      pwd: '1234567890123456789012',
      fingerprint,
      address: '192.0.2.7',
      port: 5004,
    });
  });

  it.each([
    ['none', ''],
    ['only TCP', 'candidate:1 1 tcp 2015363327 192.0.2.7 5004 typ host tcptype passive'],
    ['only IPv6', 'candidate:1 1 udp 2015363327 fd00::2 5004 typ host'],
  ])('refuse a remote with no candidate that the generator can use: %s', (_, line) => {
    expect(() => readRemote(offer, line)).toThrow('DESCRIPTION_UNUSABLE');
  });
});
