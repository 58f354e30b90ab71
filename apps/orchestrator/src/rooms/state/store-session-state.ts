import { callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from './live-room.js';
import type { Participant } from './participant.js';

/** Bound of the node. */
const maxStateBytes = 64 * 1024;

/**
 * Keeps on the node what describes the session for its next owner: who it is, what it publishes and receives. Nobody
 * waits for it; a state that is too large is not stored, and the session is then rejoined instead of resumed.
 */
export function storeSessionState(room: LiveRoom, participant: Participant): void {
  const state = new TextEncoder().encode(JSON.stringify(sessionState(participant)));
  if (state.length > maxStateBytes) {
    room.context.log.warn(
      `${room.sid} ${participant.sid} has a state of ${state.length} bytes, more than ${maxStateBytes}`,
    );
    return;
  }
  void callNodeLeniently(room, 'store session state', (node, options) =>
    node.storeSessionState({ fence: fenceOf(room), session: participant.sid, state }, options),
  );
}

export function sessionState(participant: Participant) {
  return {
    version: 1,
    identity: participant.identity,
    mode: participant.join.mode,
    joinedAtMs: participant.joinedAtMs,
    infoVersion: participant.version,
    autoSubscribe: participant.autoSubscribe,
    answers: participant.publisher.sessionVersion,
    offers: participant.offerId,
    tracks: [...participant.tracks.values()].map((track) => ({
      mid: track.mid,
      cid: track.request.cid,
      rids: track.rids,
      info: track.info.toJsonString(),
    })),
    subscriptions: [...participant.subscriptions.values()].map(
      ({ trackSid, publisherSid, state, mid, ssrc, rtxSsrc }) => ({
        trackSid,
        publisherSid,
        state,
        mid,
        ssrc,
        rtxSsrc,
      }),
    ),
  };
}
