import { gzipSync } from 'node:zlib';
import { ChroomError } from '@chroom/protocol';
import { describe, expect, it } from '@jest/globals';
import { ClientInfo_SDK, JoinRequest, WrappedJoinRequest, WrappedJoinRequest_Compression } from '@livekit/protocol';
import { readJoinParameters } from './read-join-parameters.js';

type JoinFields = NonNullable<ConstructorParameters<typeof JoinRequest>[0]>;

function wrap(fields: JoinFields, compression = WrappedJoinRequest_Compression.GZIP): URLSearchParams {
  const inner = new JoinRequest(fields).toBinary();
  const joinRequest = compression === WrappedJoinRequest_Compression.GZIP ? gzipSync(inner) : inner;
  const bytes = new WrappedJoinRequest({ compression, joinRequest }).toBinary();
  return new URLSearchParams({ join_request: Buffer.from(bytes).toString('base64url') });
}

describe('readJoinParameters', () => {
  it.each([WrappedJoinRequest_Compression.NONE, WrappedJoinRequest_Compression.GZIP])(
    'reads a join request with compression %s, whose absent settings are false',
    (compression) => {
      const parameters = readJoinParameters(
        wrap({ clientInfo: { sdk: ClientInfo_SDK.RUST }, reconnect: true, participantSid: 'PA_x' }, compression),
      );
      expect(parameters).toMatchObject({
        mode: 'single',
        autoSubscribe: false,
        reconnect: true,
        participantSid: 'PA_x',
        metadata: undefined,
        attributes: undefined,
      });
      expect(parameters.client.sdk).toBe(ClientInfo_SDK.RUST);
    },
  );

  it('takes padded base64 too', () => {
    const query = wrap({ metadata: 'm' });
    const text = query.get('join_request')!;
    query.set('join_request', text + '='.repeat((4 - (text.length % 4)) % 4));
    expect(readJoinParameters(query).metadata).toBe('m');
  });

  it('reads the query of a dual-PC client, whose absent auto_subscribe is true', () => {
    const attributes = Buffer.from('{"role":"host"}').toString('base64url');
    const query = `sdk=android&version=2.1&protocol=16&client_protocol=1&capabilities=2,99&attributes=${attributes}`;
    const parameters = readJoinParameters(new URLSearchParams(`${query}&reconnect=true&sid=PA_y&adaptive_stream=1`));
    expect(parameters).toMatchObject({
      mode: 'dual',
      autoSubscribe: true,
      adaptiveStream: true,
      reconnect: true,
      participantSid: 'PA_y',
      attributes: { role: 'host' },
    });
    expect(parameters.client).toMatchObject({
      sdk: ClientInfo_SDK.ANDROID,
      protocol: 16,
      clientProtocol: 1,
      capabilities: [2],
    });
    expect(readJoinParameters(new URLSearchParams('auto_subscribe=0')).autoSubscribe).toBe(false);
  });

  it.each([
    ['odd letters', 'join_request=%00%01', 'INVALID_ARGUMENT'],
    ['bytes that are no message', 'join_request=_____w', 'INVALID_ARGUMENT'],
    ['a protocol that is no number', 'protocol=many', 'INVALID_ARGUMENT'],
    ['attributes that are no JSON', 'attributes=AAAA', 'INVALID_ARGUMENT'],
    ['attributes that are a list', `attributes=${Buffer.from('["a"]').toString('base64url')}`, 'INVALID_ARGUMENT'],
    ['attributes that are numbers', `attributes=${Buffer.from('{"a":1}').toString('base64url')}`, 'INVALID_ARGUMENT'],
    ['metadata over its bound', wrap({ metadata: 'a'.repeat(512 * 1024 + 1) }).toString(), 'PAYLOAD_TOO_LARGE'],
    [
      'attributes over their bound',
      wrap({ participantAttributes: { a: 'ä'.repeat(32 * 1024) } }).toString(),
      'PAYLOAD_TOO_LARGE',
    ],
    ['a bomb', wrap({ metadata: 'a'.repeat(2_000_000) }).toString(), 'PAYLOAD_TOO_LARGE'],
    [
      'a large plain request',
      wrap({ metadata: 'a'.repeat(2_000_000) }, WrappedJoinRequest_Compression.NONE).toString(),
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'a hundred bundled tracks',
      wrap({ addTrackRequests: Array(100).fill({ cid: 'x' }) }).toString(),
      'INVALID_ARGUMENT',
    ],
  ])('refuses %s', (_name, query, code) => {
    expect(() => readJoinParameters(new URLSearchParams(query))).toThrow(expect.objectContaining({ code }));
  });

  it('survives any damage to a join request: it reads it or says what is wrong', () => {
    const text = wrap({ metadata: 'm', publisherOffer: { sdp: 'v=0', type: 'offer' } }).get('join_request')!;
    let seed = 7;
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(text, 'base64url');
      for (let hit = 0; hit < 1 + random() * 4; hit += 1)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = bytes.subarray(0, Math.floor(random() * bytes.length) + 1);
      try {
        readJoinParameters(new URLSearchParams({ join_request: cut.toString('base64url') }));
      } catch (error) {
        expect(error).toBeInstanceOf(ChroomError);
      }
    }
  });
});
