import { SettingsReader } from '@chroom/protocol';

const maxDemand = 1_000_000_000_000n;

/** Everything about live rooms that an operator may set; read once at boot. Times in milliseconds or seconds as named. */
export class RoomSettings {
  /** Joins make the room; otherwise it must be made by CreateRoom. */
  autoCreate: boolean;
  /** A room nobody joined. */
  emptyTimeoutSec: number;
  /** A room that everybody left. */
  departureTimeoutSec: number;
  /** 0: no bound but the node's capacity. */
  maxParticipants: number;
  remoteUnmute: boolean;
  /** Clients may ask for faults (`simulate`), for tests of applications. */
  simulate: boolean;
  region: string;
  nodeCallDeadlineMs: number;
  /** Demand of a new room towards placement. */
  expectedSessions: number;
  expectedEgressBps: bigint;
  expectedPacketsPerSecond: bigint;

  static fromEnvironment(env: NodeJS.ProcessEnv): RoomSettings {
    const read = new SettingsReader(env);
    return Object.assign(new RoomSettings(), {
      autoCreate: read.boolean('CHROOM_ROOM_AUTO_CREATE', true),
      emptyTimeoutSec: read.integer('CHROOM_ROOM_EMPTY_TIMEOUT_SEC', { min: 1, max: 86_400, fallback: 300 }),
      departureTimeoutSec: read.integer('CHROOM_ROOM_DEPARTURE_TIMEOUT_SEC', { min: 1, max: 86_400, fallback: 20 }),
      maxParticipants: read.integer('CHROOM_ROOM_MAX_PARTICIPANTS', { min: 0, max: 10_000, fallback: 0 }),
      remoteUnmute: read.boolean('CHROOM_ROOM_REMOTE_UNMUTE', false),
      simulate: read.boolean('CHROOM_ROOM_SIMULATE', false),
      region: read.text('CHROOM_REGION', { fallback: '' }),
      nodeCallDeadlineMs: read.integer('CHROOM_NODE_CALL_DEADLINE_MS', { min: 100, max: 30_000, fallback: 3000 }),
      expectedSessions: read.integer('CHROOM_ROOM_EXPECTED_SESSIONS', { min: 1, max: 10_000, fallback: 8 }),
      expectedEgressBps: read.bigint('CHROOM_ROOM_EXPECTED_EGRESS_BPS', {
        min: 1n,
        max: maxDemand,
        fallback: 20_000_000n,
      }),
      expectedPacketsPerSecond: read.bigint('CHROOM_ROOM_EXPECTED_PACKETS_PER_SECOND', {
        min: 1n,
        max: maxDemand,
        fallback: 4000n,
      }),
    });
  }
}
