import type { IncomingMessage } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { readJoinParameters } from '@chroom/signalling';
import { Injectable } from '@nestjs/common';
import { type AccessClaims, AccessTokens } from '../access/access-tokens.port.js';
import type { Admission } from '../rooms/joining/admission.js';
import { readOffer } from '../rooms/publishing/apply-offer.js';
import { SignallingRooms } from '../rooms/signalling-rooms.js';

const maxNameLength = 256;

/** Everything that is checked before a connection may open: token, grants, parameters, the bundled offer. */
@Injectable()
export class Admissions {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly rooms: SignallingRooms,
  ) {}

  /** @throws ChroomError with the HTTP status and text that the client gets. */
  async check(request: IncomingMessage, url: URL): Promise<Admission> {
    const claims = await this.tokens.verify(tokenOf(request, url));
    refuseWithoutGrant(claims);
    const join = readJoinParameters(url.searchParams);
    const offer = join.publisherOffer ? readOffer(join.publisherOffer) : undefined;
    if (!join.reconnect) {
      this.rooms.assertJoinable({ projectId: claims.projectId, roomName: claims.video.room });
    }
    return { claims, join, offer };
  }
}

function tokenOf(request: IncomingMessage, url: URL): string {
  const header = request.headers.authorization ?? '';
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
  const token = bearer ?? url.searchParams.get('access_token') ?? '';
  if (token !== '') return token;
  throw new ChroomError(
    'TOKEN_MISSING',
    'no access token: send Authorization: Bearer <token> or ?access_token=<token>',
  );
}

function refuseWithoutGrant(claims: AccessClaims): void {
  if (!claims.video.roomJoin) throw new ChroomError('PERMISSION_DENIED', 'the token lacks the grant roomJoin');
  const { room } = claims.video;
  if (room === '') throw new ChroomError('PERMISSION_DENIED', 'the token names no room');
  if (room.length > maxNameLength) {
    throw new ChroomError('INVALID_ARGUMENT', `expected a room name of at most ${maxNameLength} characters`);
  }
  if (claims.identity === '' || claims.identity.length > maxNameLength) {
    throw new ChroomError('INVALID_ARGUMENT', `expected an identity of 1 to ${maxNameLength} characters`);
  }
}
