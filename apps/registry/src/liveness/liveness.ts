import type { Health, LivenessState } from '@chroom/protocol';

/** Heartbeats come every second. */
export const SUSPECT_AFTER_MS = 1500;
/** One heartbeat may be lost and the next a little late. With a sweep every 250 ms at most 2.5 s to the verdict. */
export const DEAD_AFTER_MS = 2250;

/** Allowed moves; any other is a fault of ours. */
export const livenessMoves: Readonly<Record<LivenessState, readonly LivenessState[]>> = {
  announced: ['live', 'draining', 'dead'],
  live: ['suspect', 'draining', 'dead'],
  suspect: ['live', 'draining', 'dead'],
  draining: ['live', 'dead'],
  dead: ['announced', 'live', 'draining'],
};

/** A new announcement is a sign of life, and no more than that for a member that was gone. */
export function afterAnnouncement(state: LivenessState | undefined): LivenessState {
  if (state === undefined || state === 'dead') return 'announced';
  return state === 'suspect' ? move(state, 'live') : state;
}

export function afterHeartbeat(state: LivenessState, health: Health): LivenessState {
  return move(state, health === 'draining' ? 'draining' : 'live');
}

export function afterSilence(state: LivenessState, silentMs: number): LivenessState {
  if (silentMs >= DEAD_AFTER_MS) return move(state, 'dead');
  return state === 'live' && silentMs >= SUSPECT_AFTER_MS ? move(state, 'suspect') : state;
}

/** Whether discovery offers the member for new work. */
export function isOffered(state: LivenessState): boolean {
  return state === 'live' || state === 'suspect';
}

function move(from: LivenessState, to: LivenessState): LivenessState {
  if (from !== to && !livenessMoves[from].includes(to)) throw new Error(`liveness cannot move from ${from} to ${to}`);
  return to;
}
