import { control } from '@chroom/protocol';
import type { Description, IceCredentials, LayerWish, LocalTransport, OfferedCodec } from '@chroom/signalling';
import { type DynacastState, initialDynacast } from '@chroom/signalling';
import type { AddTrackRequest, TrackInfo } from '@livekit/protocol';
import type { CancelTimer } from '../timers.js';

/** One peer connection of a participant, both sides of it as far as they are known. */
export class TransportSide {
  local: LocalTransport | undefined;
  remoteIce: IceCredentials | undefined;
  /** The client's newest description: its offer (publisher) or answer (subscriber). */
  remote: Description | undefined;
  state: control.TransportState = control.TransportState.NEW;
  /** What ConnectTransport last carried, to call it only when something changed. */
  connectedWith = '';
  sessionVersion = 0;

  constructor(readonly role: control.TransportRole) {}
}

/** Announced by add_track, waits for its section. */
export interface AwaitedTrack {
  readonly sid: string;
  readonly request: AddTrackRequest;
  info: TrackInfo;
}

/** A track whose section is negotiated and that the node forwards. */
export class PublishedTrack {
  dynacast: DynacastState = initialDynacast;
  dynacastTimer: CancelTimer | undefined;
  /** The publisher was told of its first subscriber. */
  subscribedTold = false;

  constructor(
    readonly sid: string,
    readonly request: AddTrackRequest,
    readonly mid: string,
    readonly codecs: readonly OfferedCodec[],
    readonly rids: readonly string[],
    public info: TrackInfo,
  ) {}

  get kind(): 'audio' | 'video' {
    return this.codecs[0]?.clockRate === 90_000 ? 'video' : 'audio';
  }
}

/**
 * A track that a participant receives or waits for. `waiting`: no section yet. `live`: the node forwards it.
 * `refused`: the receiver has no codec for it; kept so that nobody tries again.
 */
export interface Subscription {
  readonly trackSid: string;
  readonly publisherSid: string;
  readonly kind: 'audio' | 'video';
  state: 'waiting' | 'live' | 'refused';
  mid: string;
  ssrc: number;
  rtxSsrc: number;
  codecs: readonly OfferedCodec[];
  wish: LayerWish;
}
