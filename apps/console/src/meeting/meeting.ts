import { ConnectionState, type Participant, Room, RoomEvent } from 'livekit-client';
import { type CallFigures, readCallFigures } from '../measure/call-figures';
import type { FrameMeter } from '../measure/frame-meter';
import { callOptions } from './call-options';

export interface ChatLine {
  readonly from: string;
  readonly text: string;
}

export type Device = 'camera' | 'microphone';

const chatTopic = 'chroom.chat';
const keptChatLines = 200;
/** How soon a track is shown that livekit-client did not tell of. */
const lookForTracksEveryMs = 100;

/** One visit to a room: the LiveKit room, the chat, and the meters of the videos on screen. */
export class Meeting {
  readonly room = new Room(callOptions(new URLSearchParams(location.search)));
  readonly meters = new Map<string, FrameMeter>();
  chat: readonly ChatLine[] = [];
  /** performance.now() when joining began. */
  startedAtMs = 0;
  /** How often the room came back by itself after a lost connection. */
  reconnects = 0;
  private readonly problems = new Map<Device, string>();
  private readonly listeners = new Set<() => void>();
  private shown = '';

  constructor() {
    const changed = () => this.changed();
    for (const event of [
      RoomEvent.ConnectionStateChanged,
      RoomEvent.ParticipantConnected,
      RoomEvent.ParticipantDisconnected,
      RoomEvent.TrackSubscribed,
      RoomEvent.TrackUnsubscribed,
      RoomEvent.LocalTrackPublished,
      RoomEvent.LocalTrackUnpublished,
      RoomEvent.TrackMuted,
      RoomEvent.TrackUnmuted,
      RoomEvent.ActiveSpeakersChanged,
      RoomEvent.ConnectionQualityChanged,
    ] as const) {
      this.room.on(event, changed);
    }
    this.room.on(RoomEvent.Reconnected, () => {
      this.reconnects++;
      this.changed();
    });
    this.room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      if (topic === chatTopic) this.addChat(participant?.identity ?? 'server', new TextDecoder().decode(payload));
    });
  }

  async join(livekitUrl: string, token: string): Promise<void> {
    this.startedAtMs = performance.now();
    const looking = setInterval(() => this.lookForTracks(), lookForTracksEveryMs);
    this.room.once(RoomEvent.Disconnected, () => clearInterval(looking));
    await this.room.connect(livekitUrl, token);
    await Promise.all([this.turn('camera', true), this.turn('microphone', true)]);
  }

  /** Whoever has no camera, or refuses it, still hears, sees and speaks. */
  async turn(device: Device, on: boolean): Promise<void> {
    const { localParticipant } = this.room;
    try {
      this.problems.delete(device);
      if (device === 'camera') await localParticipant.setCameraEnabled(on);
      else await localParticipant.setMicrophoneEnabled(on);
    } catch (error) {
      this.problems.set(device, `The ${device} cannot be used: ${error instanceof Error ? error.message : error}.`);
    }
    this.changed();
  }

  /** Why the camera or the microphone is not in the call, which goes on without. */
  get problem(): string | undefined {
    return this.problems.size === 0 ? undefined : [...this.problems.values()].join(' ');
  }

  async say(text: string): Promise<void> {
    await this.room.localParticipant.publishData(new TextEncoder().encode(text), { reliable: true, topic: chatTopic });
    this.addChat(this.room.localParticipant.identity, text);
  }

  participants(): Participant[] {
    if (this.room.state === ConnectionState.Disconnected) return [];
    return [this.room.localParticipant, ...this.room.remoteParticipants.values()];
  }

  figures(): Promise<CallFigures> {
    return readCallFigures(this.room, this.meters);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * After a full reconnect livekit-client (2.23) says "reconnected" 2 s before it believes so itself, and withholds the
   * events of tracks that come in between until the next reconnect.
   */
  private lookForTracks(): void {
    const tracks = this.participants().flatMap(({ sid, trackPublications }) => [
      sid,
      ...[...trackPublications.values()].map((one) => `${one.trackSid} ${one.isMuted} ${one.track?.mediaStreamID}`),
    ]);
    const shown = tracks.join('\n');
    if (shown === this.shown) return;
    this.shown = shown;
    this.changed();
  }

  private addChat(from: string, text: string): void {
    this.chat = [...this.chat, { from, text }].slice(-keptChatLines);
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
