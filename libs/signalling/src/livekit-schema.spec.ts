import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ClientInfo, JoinRequest, ParticipantInfo, SessionDescription, SignalResponse } from '@livekit/protocol';

const fieldsOf = (message: { fields: { list(): readonly { readonly name: string }[] } }) =>
  message.fields.list().map(({ name }) => name);

describe('the pinned LiveKit schema', () => {
  it('is the version that this code was written for', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(manifest.dependencies['@livekit/protocol']).toBe('1.52.1');
  });

  it('has the fields that the newer tag 2.0.0 lacks', () => {
    expect(fieldsOf(SessionDescription)).toContain('mid_to_track_id');
    expect(fieldsOf(ParticipantInfo)).toEqual(
      expect.arrayContaining(['data_tracks', 'client_protocol', 'capabilities', 'kind_details']),
    );
    expect(fieldsOf(ClientInfo)).toEqual(expect.arrayContaining(['client_protocol', 'capabilities']));
    expect(fieldsOf(JoinRequest)).toEqual(expect.arrayContaining(['publisher_offer', 'sync_state']));
    expect(fieldsOf(SignalResponse)).toEqual(
      expect.arrayContaining([
        'media_sections_requirement',
        'publish_data_track_response',
        'subscribed_audio_codec_update',
      ]),
    );
  });
});
