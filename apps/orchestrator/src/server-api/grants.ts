import { ChroomError } from '@chroom/protocol';
import type { AccessClaims } from '../access/access-tokens.port.js';
import type { RoomKey } from '../rooms/live-rooms.port.js';

/** @throws ChroomError PERMISSION_DENIED unless the token has the grant. */
export function requireGrant(claims: AccessClaims, grant: 'roomCreate' | 'roomList'): void {
  if (claims.video[grant]) return;
  throw new ChroomError('PERMISSION_DENIED', `this call needs the grant ${grant}: true; the token has it not`);
}

/** @throws ChroomError PERMISSION_DENIED unless the token administers exactly this room. */
export function requireRoomAdmin(claims: AccessClaims, roomName: string): RoomKey {
  const { roomAdmin, room } = claims.video;
  if (!roomAdmin) {
    throw new ChroomError('PERMISSION_DENIED', 'this call needs the grant roomAdmin: true; the token has it not');
  }
  if (room !== roomName || roomName === '') {
    throw new ChroomError(
      'PERMISSION_DENIED',
      `the token administers room ${JSON.stringify(room)}, the request names ${JSON.stringify(roomName)}`,
    );
  }
  return { projectId: claims.projectId, roomName };
}
