import type { RoomKey } from './live-rooms.port.js';

export interface EarlierSession {
  readonly roomSid: string;
  /** Where its media still flows, if anywhere. */
  readonly nodeId: bigint;
  /** Participant sids of everybody who was in the room at the end of its former life, this session among them. */
  readonly roommates: readonly string[];
}

/** Somebody's session in a former life of a room. */
export interface FormerSession {
  readonly sid: string;
  readonly identity: string;
  readonly nodeId: bigint;
}

/** What is remembered of rooms that an earlier process of ours, or another orchestrator, owned. */
export abstract class EarlierSessions {
  /**
   * The former life of the room in which `identity` had this session.
   * @param atMost how many room mates are listed
   * @returns undefined when there is none, or when nothing can be remembered now. Never rejects.
   */
  abstract find(
    key: RoomKey,
    identity: string,
    participantSid: string,
    atMost: number,
  ): Promise<EarlierSession | undefined>;

  /**
   * Everybody who was in former lives of the room when they lost their owner.
   * @param roomSid the present life, which does not count
   * @returns undefined when nothing can be remembered now. Never rejects.
   */
  abstract leftOpen(key: RoomKey, roomSid: string, atMost: number): Promise<FormerSession[] | undefined>;
}
