import { randomBytes } from 'node:crypto';
import { ChroomError, type control } from '@chroom/protocol';
import { newRoomSid } from '@chroom/signalling';
import { Room } from '@livekit/protocol';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AccessTokens } from '../access/access-tokens.port.js';
import { Clock } from '../clock/clock.js';
import { RoomOwnership } from '../ownership/room-ownership.port.js';
import { Placement } from '../placement/placement.port.js';
import { endLostSessions } from './leaving/end-lost-sessions.js';
import { abandonRoom, leaveRunning, scheduleRoomEnd } from './leaving/end-room.js';
import { loseNode } from './leaving/lose-node.js';
import type { RoomKey } from './live-rooms.port.js';
import { handleNodeEvent } from './reporting/handle-node-event.js';
import { RoomEvents } from './room-events.js';
import { RoomSettings } from './room-settings.js';
import { DepartedParticipants } from './state/departed-participants.js';
import { LiveRoom, type RoomContext, type RoomRegistry } from './state/live-room.js';
import { NonceMemory } from './state/nonce-memory.js';
import { Timers } from './timers.js';

/** What a new room begins with; values of 0 or '' mean the settings' own. */
export interface RoomWishes {
  readonly emptyTimeout: number;
  readonly departureTimeout: number;
  readonly maxParticipants: number;
  readonly metadata: string;
  readonly syncStreams: boolean;
}

export const noWishes: RoomWishes = {
  emptyTimeout: 0,
  departureTimeout: 0,
  maxParticipants: 0,
  metadata: '',
  syncStreams: false,
};

/** Rooms of one orchestrator; beyond this others must share the work. */
const maxRooms = 20_000;

/** The rooms that this orchestrator owns: makes them, places them on nodes, forgets them. */
@Injectable()
export class RoomDirectory implements RoomRegistry, OnModuleDestroy {
  private readonly rooms = new Map<string, LiveRoom>();
  private readonly opening = new Map<string, Promise<LiveRoom>>();
  private readonly context: RoomContext;

  constructor(
    private readonly ownership: RoomOwnership,
    private readonly placement: Placement,
    tokens: AccessTokens,
    events: RoomEvents,
    private readonly settings: RoomSettings,
    clock: Clock,
    timers: Timers,
  ) {
    const log = new Logger('Rooms');
    this.context = { clock, timers, random: randomBytes, settings, tokens, events, log, registry: this };
  }

  find(key: RoomKey): LiveRoom | undefined {
    const room = this.rooms.get(nameOf(key));
    return room?.open ? room : undefined;
  }

  /** @throws ChroomError ROOM_UNKNOWN. */
  get(key: RoomKey): LiveRoom {
    const room = this.find(key);
    if (!room) throw new ChroomError('ROOM_UNKNOWN', 'requested room does not exist');
    return room;
  }

  ofProject(projectId: string): LiveRoom[] {
    return [...this.rooms.values()].filter((room) => room.open && room.key.projectId === projectId);
  }

  /**
   * The room of that name, made if there is none. Callers that come at the same time get the same one.
   * @throws ChroomError ROOM_OWNED_ELSEWHERE, NO_CAPACITY, LIMIT_EXCEEDED.
   */
  open(key: RoomKey, apiKey: string, wishes: RoomWishes): Promise<LiveRoom> {
    const name = nameOf(key);
    const room = this.find(key);
    if (room) return Promise.resolve(room);
    const pending = this.opening.get(name);
    if (pending) return pending;
    const opened = this.make(key, apiKey, wishes).finally(() => this.opening.delete(name));
    this.opening.set(name, opened);
    return opened;
  }

  /** Places a room that has no node (a new one, or one whose node was lost). Runs in the room's queue or before it is known. */
  async place(room: LiveRoom): Promise<void> {
    if (room.allocation) return;
    const { settings } = this;
    const allocation = await this.placement.allocate(room.claim, room.sid, {
      egressBps: settings.expectedEgressBps,
      packetsPerSecond: settings.expectedPacketsPerSecond,
      sessions: Math.max(settings.expectedSessions, room.participants.size + 1),
      region: settings.region,
    });
    room.allocation = allocation;
    room.unwatch = allocation.node.watchRoom(room.sid, {
      onEvent: (event) => this.take(room, event),
      onNodeLost: (reason) =>
        room.soon('node lost', () => loseNode(room, reason, () => this.placement.release(room.sid))),
      onEventsLost: (alive) => {
        const nowMs = this.context.clock.nowMs();
        room.soon('events lost', () => endLostSessions(room, alive, nowMs));
      },
    });
  }

  async ended(room: LiveRoom): Promise<void> {
    this.forget(room);
    await this.quietly('release placement', this.placement.release(room.sid));
    await this.quietly('release ownership', this.ownership.release(room.claim));
  }

  lost(room: LiveRoom): void {
    this.forget(room);
    void this.quietly('release placement', this.placement.release(room.sid));
  }

  /**
   * Shutdown: media goes on without us. Connections end without a leave, so that clients come back to whoever owns the
   * room next, and the names are free at once.
   */
  async onModuleDestroy(): Promise<void> {
    const rooms = [...this.rooms.values()];
    for (const room of rooms) leaveRunning(room);
    this.rooms.clear();
    await Promise.all(rooms.map((room) => this.quietly('release ownership', this.ownership.release(room.claim))));
  }

  private async make(key: RoomKey, apiKey: string, wishes: RoomWishes): Promise<LiveRoom> {
    if (this.rooms.size + this.opening.size >= maxRooms) {
      throw new ChroomError('LIMIT_EXCEEDED', `Expected at most ${maxRooms} rooms on this orchestrator.`);
    }
    const claim = await this.ownership.claim(key.projectId, key.roomName);
    const sid = newRoomSid(this.context.random);
    const info = this.describe(key, sid, wishes);
    const departed = new DepartedParticipants();
    const room = new LiveRoom(
      key,
      sid,
      apiKey,
      info,
      wishes.syncStreams,
      claim,
      this.context,
      departed,
      new NonceMemory(),
    );
    try {
      await this.place(room);
    } catch (error) {
      await this.quietly('release ownership', this.ownership.release(claim));
      throw error;
    }
    room.onFenced = (why) => abandonRoom(room, why);
    void claim.lost.then((why) => abandonRoom(room, why));
    this.rooms.set(nameOf(key), room);
    scheduleRoomEnd(room, info.emptyTimeout);
    room.publishEvent('room_started');
    return room;
  }

  private describe(key: RoomKey, sid: string, wishes: RoomWishes): Room {
    const nowMs = this.context.clock.nowMs();
    return new Room({
      sid,
      name: key.roomName,
      emptyTimeout: wishes.emptyTimeout || this.settings.emptyTimeoutSec,
      departureTimeout: wishes.departureTimeout || this.settings.departureTimeoutSec,
      maxParticipants: wishes.maxParticipants || this.settings.maxParticipants,
      creationTime: BigInt(Math.floor(nowMs / 1000)),
      creationTimeMs: BigInt(nowMs),
      metadata: wishes.metadata,
    });
  }

  private take(room: LiveRoom, event: control.Event): void {
    // Measurements are the bulk of the events and change nothing else: they need no turn in the queue.
    if (event.kind.case === 'statistics') {
      const participant = room.participants.get(event.session);
      if (participant) participant.statistics = event.kind.value;
      this.context.events.publishStatistics(event.session, event.kind.value);
      return;
    }
    room.soon(`event ${event.kind.case}`, () => handleNodeEvent(room, event));
  }

  private forget(room: LiveRoom): void {
    const name = nameOf(room.key);
    if (this.rooms.get(name) === room) this.rooms.delete(name);
  }

  private async quietly(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.context.log.warn(`${what}: ${String(error)}`);
    }
  }
}

function nameOf(key: RoomKey): string {
  return `${key.projectId}\n${key.roomName}`;
}
