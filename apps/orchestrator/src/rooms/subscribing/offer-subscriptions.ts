import { control } from '@chroom/protocol';
import {
  acceptedExtensions,
  buildSubscriberOffer,
  type Description,
  mergeExtensions,
  offerableCodecs,
  parseDescription,
  type SubscriberSection,
} from '@chroom/signalling';
import { SessionDescription, SubscriptionError } from '@livekit/protocol';
import { declareReceived } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import { connectTransport, createTransport, maxDataMessageBytes, restartIce } from '../publishing/connect-transport.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { storeSessionState } from '../state/store-session-state.js';
import { attachSubscription, outgoingStream, refuseSubscription } from './attach-subscription.js';

/** Dual-PC: offers the subscriber connection with all that the participant receives. One offer is in flight at a time. */
export async function offerSubscriptions(room: LiveRoom, participant: Participant): Promise<void> {
  if (!room.participants.has(participant.sid)) return;
  if (participant.offerInFlight) {
    participant.offerWanted = true;
    return;
  }
  participant.offerInFlight = true;
  participant.offerWanted = false;
  try {
    await createTransport(room, participant, participant.subscriber);
    await attachWaiting(room, participant);
    participant.send({ case: 'offer', value: writeOffer(room, participant) });
  } catch (error) {
    participant.offerInFlight = false;
    throw error;
  }
}

/** After a resume: new ICE credentials, and the offer again, whatever was in flight. */
export async function reofferSubscriptions(room: LiveRoom, participant: Participant): Promise<void> {
  participant.offerInFlight = false;
  if (participant.subscriber.remote) await restartIce(room, participant, participant.subscriber);
  await offerSubscriptions(room, participant);
}

/** The client's answer to the newest offer; late answers to older ones change nothing. */
export async function applySubscriberAnswer(
  room: LiveRoom,
  participant: Participant,
  answer: SessionDescription,
): Promise<void> {
  // Old clients send no id.
  if (!participant.offerInFlight || (answer.id !== 0 && answer.id !== participant.offerId)) return;
  const description = parseDescription(answer.sdp);
  const side = participant.subscriber;
  await connectTransport(room, participant, side, {
    description,
    extensions: mergeExtensions(
      description.sections.map((section) => acceptedExtensions(section.kind, section.extensions)),
    ),
    localDtlsRole: description.setup === 'passive' ? control.DtlsRole.CLIENT : control.DtlsRole.SERVER,
    openDataChannels: true,
  });
  side.remote = description;
  participant.offerInFlight = false;
  await dropRefused(room, participant, description);
  storeSessionState(room, participant);
  if (participant.offerWanted) await offerSubscriptions(room, participant);
}

async function attachWaiting(room: LiveRoom, participant: Participant): Promise<void> {
  for (const subscription of participant.subscriptions.values()) {
    if (subscription.state !== 'waiting') continue;
    const mid = participant.subscriberSections.assign(subscription.kind, subscription.trackSid);
    let isAttached = false;
    try {
      isAttached = await attachSubscription(
        room,
        participant,
        participant.subscriber,
        subscription,
        mid,
        offerableCodecs,
      );
    } finally {
      if (!isAttached) participant.subscriberSections.release(subscription.trackSid);
    }
  }
}

function writeOffer(room: LiveRoom, participant: Participant): SessionDescription {
  const side = participant.subscriber;
  side.sessionVersion += 1;
  participant.offerId += 1;
  const sdp = buildSubscriberOffer({
    transport: side.local!,
    sessionId: BigInt(Math.max(1, Math.trunc(participant.joinedAtMs))),
    sessionVersion: side.sessionVersion,
    dataMid: participant.subscriberSections.dataMid,
    maxMessageBytes: maxDataMessageBytes,
    sections: participant.subscriberSections.all().map((section) => describeSection(room, participant, section)),
  });
  return new SessionDescription({
    type: 'offer',
    sdp,
    id: participant.offerId,
    midToTrackId: participant.subscriberSections.midToTrack(),
  });
}

/** An inactive section still needs a format; the one that every client has stands in. */
function describeSection(
  room: LiveRoom,
  participant: Participant,
  section: { readonly mid: string; readonly kind: 'audio' | 'video'; readonly trackSid: string },
): SubscriberSection {
  const { mid, kind } = section;
  const subscription = participant.subscriptions.get(section.trackSid);
  if (subscription?.state !== 'live') {
    const name = kind === 'audio' ? 'opus' : 'VP8';
    return { mid, kind, codecs: offerableCodecs.filter((codec) => codec.name === name) };
  }
  return { mid, kind, codecs: subscription.codecs, stream: outgoingStream(room, subscription) };
}

/** Sections that the client answered with port 0 or without receiving: it has no codec for them. */
async function dropRefused(room: LiveRoom, participant: Participant, answer: Description): Promise<void> {
  for (const section of answer.sections) {
    const isTaken = !section.rejected && (section.direction === 'recvonly' || section.direction === 'sendrecv');
    if (isTaken || section.kind === 'application') continue;
    const subscription = [...participant.subscriptions.values()].find(
      ({ mid, state }) => state === 'live' && mid === section.mid,
    );
    if (!subscription) continue;
    await callNodeLeniently(room, `unsubscribe ${subscription.trackSid}`, (node, options) =>
      node.unsubscribe({ fence: fenceOf(room), session: participant.sid, track: subscription.trackSid }, options),
    );
    refuseSubscription(participant, subscription, SubscriptionError.SE_CODEC_UNSUPPORTED);
    declareReceived(room, participant, subscription.trackSid);
    participant.subscriberSections.release(subscription.trackSid);
    participant.offerWanted = true;
  }
}
