import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type EarlierSession, EarlierSessions, type FormerSession } from '../rooms/earlier-sessions.port.js';
import type { RoomKey } from '../rooms/live-rooms.port.js';

/** Former lives of rooms from the record of sessions: those that nobody ended before their owner was gone. */
@Injectable()
export class RecordedSessions extends EarlierSessions {
  private readonly log = new Logger('RecordedSessions');

  constructor(private readonly database: DataSource) {
    super();
  }

  override async find(
    key: RoomKey,
    identity: string,
    participantSid: string,
    atMost: number,
  ): Promise<EarlierSession | undefined> {
    try {
      const rows: { readonly room_sid: string; readonly sid: string; readonly node_id: string }[] =
        await this.database.query(
          `SELECT mate.room_sid, mate.sid, own.node_id
         FROM sessions AS own JOIN sessions AS mate ON mate.room_sid = own.room_sid AND mate.left_at IS NULL
           AND mate.project_id = own.project_id AND mate.room_name = own.room_name
         WHERE own.sid = $1 AND own.project_id = $2 AND own.room_name = $3 AND own.identity = $4 AND own.left_at IS NULL
         LIMIT $5`,
          [participantSid, key.projectId, key.roomName, identity, atMost],
        );
      const [first] = rows;
      return (
        first && {
          roomSid: first.room_sid,
          nodeId: BigInt(first.node_id),
          roommates: rows.map(({ sid }) => sid),
        }
      );
    } catch (error) {
      return this.unknown(error);
    }
  }

  override async leftOpen(
    { projectId, roomName }: RoomKey,
    roomSid: string,
    atMost: number,
  ): Promise<FormerSession[] | undefined> {
    try {
      const rows: { readonly sid: string; readonly identity: string; readonly node_id: string }[] =
        await this.database.query(
          `SELECT sid, identity, node_id FROM sessions
           WHERE project_id = $1 AND room_name = $2 AND left_at IS NULL AND room_sid <> $3
           ORDER BY joined_at DESC LIMIT $4`,
          [projectId, roomName, roomSid, atMost],
        );
      return rows.map(({ sid, identity, node_id }) => ({ sid, identity, nodeId: BigInt(node_id) }));
    } catch (error) {
      return this.unknown(error);
    }
  }

  private unknown(error: unknown): undefined {
    this.log.warn({ message: 'earlier sessions unknown', reason: String(error) });
    return undefined;
  }
}
