import { describe, expect, it } from '@jest/globals';
import { checkCandidate } from './read-candidate.js';

const init = (candidate: unknown) => JSON.stringify({ candidate, sdpMid: '0', sdpMLineIndex: 0 });

describe('checkCandidate', () => {
  it.each([
    [
      'Chromium',
      init('candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.5 rport 46154 generation 0'),
    ],
    [
      'a hidden address',
      init('candidate:1 1 udp 2113937151 6d1c2a.local 56789 typ host generation 0 ufrag aB3/ network-cost 999'),
    ],
    ['Firefox over TCP', init('candidate:2 1 TCP 2105524479 192.0.2.4 9 typ host tcptype active')],
    ['IPv6', init('candidate:3 2 UDP 2122252543 2001:db8::1 5000 typ host')],
    ['the end of gathering', init('')],
    ['the end of gathering as null', 'null'],
    ['a final message without any', ''],
  ])('takes %s', (_name, text) => {
    expect(() => checkCandidate(text)).not.toThrow();
  });

  it.each([
    ['text that is not JSON', 'candidate garbage'],
    ['another form', init('garbage')],
    ['another form', init('candidate:1 1 udp notanumber 192.0.2.1 5000 typ host')],
    ['of type number', init(7)],
    ['characters', init('x'.repeat(5000))],
  ])('refuses %s and shows the form', (got, text) => {
    expect(() => checkCandidate(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(`expected JSON like .*${got}`),
      }),
    );
  });
});
