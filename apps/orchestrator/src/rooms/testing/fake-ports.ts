import { ChroomError } from '@chroom/protocol';
import { type AccessClaims, AccessTokens, type VideoGrants } from '../../access/access-tokens.port.js';
import { type MediaNode, MediaNodes } from '../../nodes/media-nodes.port.js';
import { type RoomClaim, RoomOwnership } from '../../ownership/room-ownership.port.js';
import { type Allocation, Placement } from '../../placement/placement.port.js';
import { type EarlierSession, EarlierSessions, type FormerSession } from '../earlier-sessions.port.js';
import type { RoomKey } from '../live-rooms.port.js';

export type ClaimsShape = Partial<Omit<AccessClaims, 'video'>> & { readonly video?: Partial<VideoGrants> };

export function claimsOf(identity: string, shape: ClaimsShape = {}): AccessClaims {
  const { video, ...rest } = shape;
  return {
    projectId: 'project',
    apiKey: 'key',
    identity,
    name: identity.toUpperCase(),
    metadata: '',
    attributes: {},
    kind: 'standard',
    expiresAtSec: 2_000_000_000,
    ...rest,
    video: {
      roomJoin: true,
      room: 'room',
      roomCreate: false,
      roomList: false,
      roomAdmin: false,
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      canPublishSources: [],
      canUpdateOwnMetadata: false,
      hidden: false,
      recorder: false,
      agent: false,
      ...video,
    },
  };
}

/** Tokens that are their own claims in base64url JSON; what is no JSON is no token. */
export class FakeAccessTokens extends AccessTokens {
  static tokenOf(claims: AccessClaims): string {
    return Buffer.from(JSON.stringify(claims)).toString('base64url');
  }

  override async verify(token: string): Promise<AccessClaims> {
    let claims: AccessClaims;
    try {
      claims = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as AccessClaims;
    } catch {
      throw new ChroomError('TOKEN_INVALID', 'invalid token: wrong signature');
    }
    if (claims.expiresAtSec < 1_000) throw new ChroomError('TOKEN_EXPIRED', 'the token has expired');
    return claims;
  }

  override async refresh(claims: AccessClaims): Promise<string> {
    return FakeAccessTokens.tokenOf(claims);
  }

  override async signWebhook(): Promise<string> {
    return 'unused';
  }
}

/** Claims without a database: each name once, tokens that grow. */
export class FakeOwnership extends RoomOwnership {
  readonly held = new Map<string, { readonly claim: RoomClaim; readonly lose: (why: string) => void }>();
  ownedElsewhere = false;
  private lastToken = 0n;

  override async claim(projectId: string, roomName: string): Promise<RoomClaim> {
    if (this.ownedElsewhere) throw new ChroomError('ROOM_OWNED_ELSEWHERE', 'another orchestrator owns the room');
    this.lastToken += 1n;
    let lose: (why: string) => void = () => {};
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    const claim = { projectId, roomName, fencingToken: this.lastToken, lost };
    this.held.set(roomName, { claim, lose });
    return claim;
  }

  override async release(claim: RoomClaim): Promise<void> {
    this.held.delete(claim.roomName);
  }
}

/** Former lives of rooms, by the participant sid that a client comes back with. */
export class FakeEarlierSessions extends EarlierSessions {
  readonly known = new Map<string, EarlierSession>();
  /** Of the room's former lives; undefined: nothing can be remembered. */
  open: FormerSession[] | undefined = [];

  override async find(_key: RoomKey, _identity: string, participantSid: string): Promise<EarlierSession | undefined> {
    return this.known.get(participantSid);
  }

  override async leftOpen(): Promise<FormerSession[] | undefined> {
    return this.open;
  }
}

/** The nodes that a fake placement knows, by their id. */
export class FakeMediaNodes extends MediaNodes {
  constructor(private readonly placement: FakePlacement) {
    super();
  }

  override async get(nodeId: bigint): Promise<MediaNode> {
    const node = this.placement.nodes.find((each) => each.nodeId === nodeId);
    if (!node) throw new ChroomError('NODE_UNKNOWN', `there is no node ${nodeId}`);
    return node;
  }
}

/** Places every room on the first node that lives. */
export class FakePlacement extends Placement {
  readonly placed = new Map<string, MediaNode>();
  nodes: MediaNode[] = [];

  override async allocate(_claim: RoomClaim, roomSid: string): Promise<Allocation> {
    const node = this.nodes[0];
    if (!node) throw new ChroomError('NO_CAPACITY', 'no media node has room');
    this.placed.set(roomSid, node);
    return { id: `allocation of ${roomSid}`, roomSid, node, reasons: ['the only one'] };
  }

  override async release(roomSid: string): Promise<void> {
    this.placed.delete(roomSid);
  }
}
