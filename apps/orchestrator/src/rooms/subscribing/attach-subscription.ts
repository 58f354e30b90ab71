import { ChroomError, type control } from '@chroom/protocol';
import {
  chooseLayer,
  type LayerChoice,
  mapPayloads,
  type OfferedCodec,
  type OutgoingStream,
  withOpusWishes,
} from '@chroom/signalling';
import { SubscriptionError, SubscriptionResponse } from '@livekit/protocol';
import { declareReceived } from '../declaring/declare-streams.js';
import { callNode, callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack, Subscription, TransportSide } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';

/**
 * Asks the node to forward the track on the section `mid`. The receiver's codecs decide about payload types; a receiver
 * without a codec for the track is told so, and the subscription stays refused.
 * @returns false when nothing is forwarded.
 */
export async function attachSubscription(
  room: LiveRoom,
  receiver: Participant,
  side: TransportSide,
  subscription: Subscription,
  mid: string,
  receiverCodecs: readonly OfferedCodec[],
): Promise<boolean> {
  const track = room.publisherOf(subscription.trackSid)?.tracks.get(subscription.trackSid);
  if (!track) return false;
  const pairs = mapPayloads(track.codecs, receiverCodecs);
  if (pairs.length === 0) {
    refuseSubscription(receiver, subscription, SubscriptionError.SE_CODEC_UNSUPPORTED);
    return false;
  }
  const choice = chooseLayer(subscription.wish, track.info.layers);
  const stream = await subscribeOnNode(room, receiver, track, {
    role: side.role,
    mid,
    payloads: pairs.map(({ published, receiver: codec }) => ({
      published,
      subscribed: codec.payloadType,
      subscribedRtx: codec.rtxPayloadType,
    })),
    paused: choice.paused,
    maxQuality: choice.maxQuality,
  });
  if (stream === 'refused') refuseSubscription(receiver, subscription, SubscriptionError.SE_UNKNOWN);
  if (!stream || stream === 'refused') return false;
  const stereo = track.info.stereo;
  const codecs = new Map(pairs.map(({ receiver: codec }) => [codec.payloadType, codec]));
  subscription.state = 'live';
  subscription.mid = mid;
  subscription.ssrc = stream.ssrc;
  subscription.rtxSsrc = stream.rtxSsrc;
  subscription.codecs = [...codecs.values()].map((codec) =>
    stereo ? withOpusWishes(codec, { discontinuousTransmission: false, stereo }) : codec,
  );
  declareReceived(room, receiver, track.sid, track);
  if (choice.maxFramesPerSecond > 0) await boundFrameRate(room, receiver, track, choice);
  return true;
}

/** A wish that came before the subscription. The node takes a frame rate only for a subscription that is there. */
function boundFrameRate(room: LiveRoom, receiver: Participant, track: PublishedTrack, choice: LayerChoice) {
  const { paused, maxQuality, maxFramesPerSecond: maxFps } = choice;
  return callNodeLeniently(room, `frame rate of ${track.sid}`, (node, options) =>
    node.updateSubscription(
      { fence: fenceOf(room), session: receiver.sid, track: track.sid, paused, maxQuality, maxFps },
      options,
    ),
  );
}

interface NodeSubscription {
  readonly role: control.TransportRole;
  readonly mid: string;
  readonly payloads: { published: number; subscribed: number; subscribedRtx: number }[];
  readonly paused: boolean;
  readonly maxQuality: number;
}

/** Undefined when the track ended on the node between our decision and the call. */
async function subscribeOnNode(
  room: LiveRoom,
  receiver: Participant,
  track: PublishedTrack,
  request: NodeSubscription,
): Promise<{ ssrc: number; rtxSsrc: number } | 'refused' | undefined> {
  try {
    return await callNode(room, (node, options) =>
      node.subscribe({ fence: fenceOf(room), session: receiver.sid, track: track.sid, ...request }, options),
    );
  } catch (error) {
    if (error instanceof ChroomError && error.code === 'TRACK_UNKNOWN') return undefined;
    if (!isAboutThisTrack(error)) throw error;
    room.context.log.error(`${room.sid} ${receiver.sid} cannot receive ${track.sid}: ${String(error)}`);
    return 'refused';
  }
}

/** The node refuses this one subscription; the session is sound. */
function isAboutThisTrack(error: unknown): boolean {
  return error instanceof ChroomError && (error.code === 'INVALID_ARGUMENT' || error.code === 'LIMIT_EXCEEDED');
}

export function refuseSubscription(receiver: Participant, subscription: Subscription, err: SubscriptionError): void {
  subscription.state = 'refused';
  subscription.mid = '';
  receiver.send({
    case: 'subscriptionResponse',
    value: new SubscriptionResponse({ trackSid: subscription.trackSid, err }),
  });
}

/** How the receiver's SDP names the stream: clients decode the prefixes PA and TR and nothing else. */
export function outgoingStream(room: LiveRoom, subscription: Subscription): OutgoingStream {
  const track = room.publisherOf(subscription.trackSid)?.tracks.get(subscription.trackSid);
  const group = room.syncStreams && track && track.info.stream !== '' ? safeToken(track.info.stream) : '';
  return {
    streamId: `${subscription.publisherSid}|${group || subscription.trackSid}`,
    trackId: subscription.trackSid,
    cname: subscription.publisherSid,
    ssrc: subscription.ssrc,
    rtxSsrc: subscription.rtxSsrc,
  };
}

/** A stream name comes from a client; in SDP it may only hold token characters (RFC 8830). */
function safeToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '').slice(0, 64);
}
