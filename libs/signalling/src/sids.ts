import { TrackSource, TrackType } from '@livekit/protocol';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const randomChars = 12;

/** Gives `length` random bytes; production passes crypto.randomBytes. */
export type RandomBytes = (length: number) => Uint8Array;

export function newRoomSid(random: RandomBytes): string {
  return `RM_${randomName(random)}`;
}

export function newParticipantSid(random: RandomBytes): string {
  return `PA_${randomName(random)}`;
}

/** Two letters after TR_ tell people what the track is: TR_VC camera, TR_AM microphone, TR_VS and TR_As screen. */
export function newTrackSid(random: RandomBytes, type: TrackType, source: TrackSource): string {
  return `TR_${type === TrackType.VIDEO ? 'V' : 'A'}${sourceLetter(source)}${randomName(random)}`;
}

function sourceLetter(source: TrackSource): string {
  switch (source) {
    case TrackSource.CAMERA:
      return 'C';
    case TrackSource.MICROPHONE:
      return 'M';
    case TrackSource.SCREEN_SHARE:
      return 'S';
    case TrackSource.SCREEN_SHARE_AUDIO:
      return 's';
    default:
      return 'U';
  }
}

function randomName(random: RandomBytes): string {
  // 59 letters: the bias of the modulo is far below what a name needs.
  return Array.from(random(randomChars), (byte) => alphabet[byte % alphabet.length]).join('');
}
