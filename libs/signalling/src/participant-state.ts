import { ParticipantInfo_State } from '@livekit/protocol';

/**
 * JOINING: admitted, nothing sent. JOINED: the join response is on its way. ACTIVE: the primary transport carries media,
 * others know of the participant. DISCONNECTED: gone for good.
 */
export type ParticipantState = 'joining' | 'joined' | 'active' | 'disconnected';

const allowedMoves: Readonly<Record<ParticipantState, readonly ParticipantState[]>> = {
  joining: ['joined', 'disconnected'],
  joined: ['active', 'disconnected'],
  active: ['disconnected'],
  disconnected: [],
};

export function mayMove(from: ParticipantState, to: ParticipantState): boolean {
  return allowedMoves[from].includes(to);
}

export function wireState(state: ParticipantState): ParticipantInfo_State {
  switch (state) {
    case 'joining':
      return ParticipantInfo_State.JOINING;
    case 'joined':
      return ParticipantInfo_State.JOINED;
    case 'active':
      return ParticipantInfo_State.ACTIVE;
    case 'disconnected':
      return ParticipantInfo_State.DISCONNECTED;
  }
}
