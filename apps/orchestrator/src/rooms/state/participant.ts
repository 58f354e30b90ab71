import { ChroomError, control } from '@chroom/protocol';
import { type JoinParameters, mayMove, type ParticipantState, ReceiveSections } from '@chroom/signalling';
import { type ParticipantPermission, SubscriptionPermission } from '@livekit/protocol';
import type { AccessClaims } from '../../access/access-tokens.port.js';
import type { ServerMessage, SignalSink } from '../signal-sink.js';
import type { CancelTimer } from '../timers.js';
import { type AwaitedTrack, type PublishedTrack, type Subscription, TransportSide } from './media-state.js';
import { SubscriberSections } from './subscriber-sections.js';

/** The timers a participant can have; each name runs at most once at a time. */
export type TimerName = 'activation' | 'resume' | 'refresh' | 'negotiation';

/** One person or program in a room, with everything that the orchestrator knows of its session on the node. */
export class Participant {
  state: ParticipantState = 'joining';
  /** Version of ParticipantInfo; only grows. */
  version = 0;
  name: string;
  metadata: string;
  attributes: Record<string, string>;
  sink: SignalSink | undefined;
  autoSubscribe: boolean;

  readonly publisher = new TransportSide(control.TransportRole.PUBLISHER);
  readonly subscriber = new TransportSide(control.TransportRole.SUBSCRIBER);

  readonly awaited: AwaitedTrack[] = [];
  readonly tracks = new Map<string, PublishedTrack>();

  readonly subscriptions = new Map<string, Subscription>();
  /** Explicit wishes by track sid; tracks without one follow autoSubscribe. Bounded by `maxWishes`. */
  readonly wishes = new Map<string, boolean>();
  /** Layer wishes that came before the subscription. */
  readonly layerWishes = new Map<string, Subscription['wish']>();
  /** Who may subscribe to this participant's tracks. */
  audience = new SubscriptionPermission({ allParticipants: true });

  readonly receiveSections = new ReceiveSections();
  lastRequirement = '';
  negotiatedAtMs = 0;
  readonly subscriberSections = new SubscriberSections();
  offerId = 0;
  offerInFlight = false;
  offerWanted = false;

  statistics: control.SessionStatistics | undefined;
  reportedQuality = '';
  private readonly timers = new Map<TimerName, CancelTimer>();

  constructor(
    readonly sid: string,
    public claims: AccessClaims,
    public permission: ParticipantPermission,
    readonly join: JoinParameters,
    readonly joinedAtMs: number,
    sink: SignalSink,
  ) {
    this.name = claims.name;
    this.metadata = claims.metadata;
    this.attributes = { ...claims.attributes };
    this.autoSubscribe = join.autoSubscribe;
    this.sink = sink;
  }

  get identity(): string {
    return this.claims.identity;
  }

  get isDual(): boolean {
    return this.join.mode === 'dual';
  }

  /** The connection whose state decides about ACTIVE: the one that receives in dual-PC mode, else the only one. */
  get primary(): TransportSide {
    return this.isDual && this.permission.canSubscribe ? this.subscriber : this.publisher;
  }

  /** Others may see this participant. */
  get visible(): boolean {
    return this.state === 'active' && !this.permission.hidden;
  }

  /** One of this participant's own tracks, announced or published. @throws ChroomError TRACK_UNKNOWN. */
  trackOf(trackSid: string): AwaitedTrack | PublishedTrack {
    const track = this.tracks.get(trackSid) ?? this.awaited.find(({ sid }) => sid === trackSid);
    if (track) return track;
    const shown = JSON.stringify(trackSid.slice(0, 64));
    throw new ChroomError(
      'TRACK_UNKNOWN',
      `Expected the sid of a track of ${this.sid}, got ${shown}; it may have ended.`,
    );
  }

  send(message: ServerMessage): void {
    this.sink?.send(message);
  }

  /** @returns false when the move is not allowed; the state stays. */
  moveTo(next: ParticipantState): boolean {
    if (!mayMove(this.state, next)) return false;
    this.state = next;
    return true;
  }

  setTimer(name: TimerName, cancel: CancelTimer): void {
    this.clearTimer(name);
    this.timers.set(name, cancel);
  }

  hasTimer(name: TimerName): boolean {
    return this.timers.has(name);
  }

  clearTimer(name: TimerName): void {
    this.timers.get(name)?.();
    this.timers.delete(name);
  }

  clearAllTimers(): void {
    for (const name of [...this.timers.keys()]) this.clearTimer(name);
    for (const track of this.tracks.values()) track.dynacastTimer?.();
  }
}

/** A participant's explicit wishes; more than a room can have tracks is a mistake. */
export const maxWishes = 10_000;
