import { claimsWith } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';

const refreshEveryMs = 5 * 60_000;

/** Sends a fresh token now and every 5 min, so that the client can always come back with what it may do now. */
export async function refreshToken(room: LiveRoom, participant: Participant): Promise<void> {
  participant.claims = claimsWith(participant.claims, participant);
  participant.setTimer(
    'refresh',
    room.context.timers.after(refreshEveryMs, () =>
      room.soon('refresh token', async () => {
        if (room.participants.has(participant.sid)) await refreshToken(room, participant);
      }),
    ),
  );
  const token = await room.context.tokens.refresh(participant.claims);
  participant.send({ case: 'refreshToken', value: token });
}
