import { describe, expect, it } from '@jest/globals';
import type { OfferedCodec } from './description.js';
import { mapPayloads } from './payload-map.js';

function codec(payloadType: number, name: string, fmtp = '', clockRate = 90_000, channels = 0): OfferedCodec {
  return { payloadType, name, clockRate, channels, fmtp, feedback: [], rtxPayloadType: 0 };
}

const h264 = (payloadType: number, profile: string, mode: number) =>
  codec(payloadType, 'H264', `packetization-mode=${mode};profile-level-id=${profile}`);

const pairsOf = (published: OfferedCodec[], receiver: OfferedCodec[]) =>
  mapPayloads(published, receiver).map((pair) => `${pair.published}>${pair.receiver.payloadType}`);

describe('mapPayloads', () => {
  it('matches by name, clock and channels, not by number', () => {
    expect(pairsOf([codec(96, 'VP8')], [codec(96, 'VP9'), codec(120, 'vp8')])).toEqual(['96>120']);
    expect(pairsOf([codec(111, 'opus', '', 48_000, 2)], [codec(9, 'opus', '', 8_000, 2)])).toEqual([]);
  });

  it.each([
    ['the same profile', '42e01f', 1, '42e01f', 1, true],
    ['the same profile at another level', '42e01f', 1, '42e02a', 1, true],
    ['constrained baseline to a main decoder', '42e01f', 1, '4d001f', 1, true],
    ['constrained baseline to a high decoder', '42e01f', 1, '64001f', 1, true],
    ['high to a baseline decoder', '64001f', 1, '42e01f', 1, false],
    ['another packetization mode', '42e01f', 1, '42e01f', 0, false],
  ])('H264: %s', (_name, sent, sentMode, received, receivedMode, fits) => {
    expect(pairsOf([h264(1, sent, sentMode)], [h264(2, received, receivedMode)])).toEqual(fits ? ['1>2'] : []);
  });

  it('prefers the exact H264 profile to one that could decode it', () => {
    const receiver = [h264(10, '64001f', 1), h264(11, '42e01f', 1)];
    expect(pairsOf([h264(1, '42e01f', 1)], receiver)).toEqual(['1>11']);
  });

  it('keeps profiles of VP9 and AV1 apart; an absent one is 0', () => {
    expect(pairsOf([codec(1, 'VP9', 'profile-id=2')], [codec(2, 'VP9')])).toEqual([]);
    expect(pairsOf([codec(1, 'VP9', 'profile-id=0')], [codec(2, 'VP9', 'max-fs=1')])).toEqual(['1>2']);
    expect(pairsOf([codec(1, 'AV1', 'profile=1')], [codec(2, 'AV1')])).toEqual([]);
  });

  it('never maps RED alone', () => {
    const red = codec(63, 'red', '111/111', 48_000, 2);
    const opus = codec(111, 'opus', '', 48_000, 2);
    expect(pairsOf([opus, red], [red])).toEqual([]);
    expect(pairsOf([opus, red], [opus, red])).toEqual(['111>111', '63>63']);
  });
});
