import type { control } from '@chroom/protocol';
import type { ParticipantInfo, Room, TrackInfo } from '@livekit/protocol';
import { Injectable } from '@nestjs/common';

export type RoomEventName =
  | 'room_started'
  | 'room_finished'
  | 'participant_joined'
  | 'participant_left'
  | 'participant_connection_aborted'
  | 'track_published'
  | 'track_unpublished';

/** A fact about a room, for webhooks and the session record. Messages are snapshots: nobody changes them. */
export interface RoomEvent {
  readonly name: RoomEventName;
  readonly projectId: string;
  /** The API key whose token made the room or joined; signs the webhook. */
  readonly apiKey: string;
  readonly atMs: number;
  readonly room: Room;
  readonly participant?: ParticipantInfo;
  readonly track?: TrackInfo;
  readonly nodeId: bigint;
}

export type RoomEventListener = (event: RoomEvent) => void;

/** Counters of one session (participant sid) since its begin, as its node reports them every 2 s and at its end. */
export type StatisticsListener = (sessionSid: string, statistics: control.SessionStatistics) => void;

/** Where a session was admitted. */
export interface AdmittedSession {
  readonly session: string;
  readonly projectId: string;
  readonly roomSid: string;
  readonly roomName: string;
  readonly nodeId: bigint;
}

/**
 * What this orchestrator knows by itself of the media of a session (participant sid), for the record that is paid by.
 * `stream`: from now on at most `bps` flow to the participant (`received`) or from it (`sent`) for this track; 0: none.
 * `succeeded`: the client of a session from before our time is back with another one; in the old one it is no more.
 */
export type SessionFact =
  | ({ readonly kind: 'admitted'; readonly atMs: number } & AdmittedSession)
  | { readonly kind: 'connection'; readonly session: string; readonly isConnected: boolean; readonly atMs: number }
  | ({ readonly kind: 'stream'; readonly session: string; readonly atMs: number } & DeclaredTrack)
  | { readonly kind: 'succeeded'; readonly session: string; readonly atMs: number }
  | { readonly kind: 'ended'; readonly session: string; readonly atMs: number };

export interface DeclaredTrack {
  readonly direction: 'received' | 'sent';
  readonly track: string;
  readonly bps: number;
  /** Every packet goes to this receiver: of the track or, with simulcast, of one encoding. Absent with a bound on frames. */
  readonly whole?: 'track' | 'encoding' | undefined;
}

export type SessionFactListener = (fact: SessionFact) => void;

/** In-process stream of room facts: rooms publish, webhooks and session records listen. Listeners must not throw or block. */
@Injectable()
export class RoomEvents {
  private readonly listeners = new Set<RoomEventListener>();
  private readonly statisticsListeners = new Set<StatisticsListener>();
  private readonly factListeners = new Set<SessionFactListener>();

  publish(event: RoomEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  subscribe(listener: RoomEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The last counters of a session may come after its `participant_left`. */
  publishStatistics(sessionSid: string, statistics: control.SessionStatistics): void {
    for (const listener of this.statisticsListeners) listener(sessionSid, statistics);
  }

  subscribeStatistics(listener: StatisticsListener): () => void {
    this.statisticsListeners.add(listener);
    return () => this.statisticsListeners.delete(listener);
  }

  publishFact(fact: SessionFact): void {
    for (const listener of this.factListeners) listener(fact);
  }

  subscribeFacts(listener: SessionFactListener): () => void {
    this.factListeners.add(listener);
    return () => this.factListeners.delete(listener);
  }
}
