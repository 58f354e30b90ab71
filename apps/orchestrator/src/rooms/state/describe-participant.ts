import { wireState } from '@chroom/signalling';
import {
  DisconnectReason,
  ParticipantInfo,
  ParticipantInfo_Kind,
  ParticipantPermission,
  TrackSource,
} from '@livekit/protocol';
import type { AccessClaims, TrackSourceName } from '../../access/access-tokens.port.js';
import type { Participant } from './participant.js';

const sourceOfName: Readonly<Record<TrackSourceName, TrackSource>> = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

const nameOfSource = new Map(Object.entries(sourceOfName).map(([name, source]) => [source, name as TrackSourceName]));

const kindOfName: Readonly<Record<string, ParticipantInfo_Kind>> = {
  ingress: ParticipantInfo_Kind.INGRESS,
  egress: ParticipantInfo_Kind.EGRESS,
  sip: ParticipantInfo_Kind.SIP,
  agent: ParticipantInfo_Kind.AGENT,
  connector: ParticipantInfo_Kind.CONNECTOR,
  bridge: ParticipantInfo_Kind.BRIDGE,
};

export function kindOf(claims: AccessClaims): ParticipantInfo_Kind {
  return Object.hasOwn(kindOfName, claims.kind) ? kindOfName[claims.kind]! : ParticipantInfo_Kind.STANDARD;
}

export function permissionOf(claims: AccessClaims): ParticipantPermission {
  const { video } = claims;
  return new ParticipantPermission({
    canSubscribe: video.canSubscribe,
    canPublish: video.canPublish,
    canPublishData: video.canPublishData,
    canPublishSources: video.canPublishSources.map((name) => sourceOfName[name]),
    hidden: video.hidden,
    recorder: video.recorder,
    canUpdateMetadata: video.canUpdateOwnMetadata,
    agent: video.agent,
  });
}

/** The claims that say the same as a changed permission, for the next refresh token. */
export function claimsWith(claims: AccessClaims, participant: Participant): AccessClaims {
  const { permission } = participant;
  return {
    ...claims,
    name: participant.name,
    metadata: participant.metadata,
    attributes: { ...participant.attributes },
    video: {
      ...claims.video,
      canSubscribe: permission.canSubscribe,
      canPublish: permission.canPublish,
      canPublishData: permission.canPublishData,
      canPublishSources: permission.canPublishSources.flatMap((source) => nameOfSource.get(source) ?? []),
      canUpdateOwnMetadata: permission.canUpdateMetadata,
      hidden: permission.hidden,
    },
  };
}

export function describeParticipant(
  participant: Participant,
  reason = DisconnectReason.UNKNOWN_REASON,
): ParticipantInfo {
  const { join } = participant;
  return new ParticipantInfo({
    sid: participant.sid,
    identity: participant.identity,
    name: participant.name,
    state: wireState(participant.state),
    tracks: [...participant.tracks.values()].map((track) => track.info.clone()),
    metadata: participant.metadata,
    attributes: { ...participant.attributes },
    joinedAt: BigInt(Math.floor(participant.joinedAtMs / 1000)),
    joinedAtMs: BigInt(participant.joinedAtMs),
    version: participant.version,
    permission: participant.permission.clone(),
    isPublisher: participant.tracks.size > 0,
    kind: kindOf(participant.claims),
    clientProtocol: join.client.clientProtocol,
    capabilities: join.client.capabilities,
    disconnectReason: reason,
  });
}
