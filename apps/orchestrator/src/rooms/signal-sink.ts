import type { SignalResponse } from '@livekit/protocol';

export type ServerMessage = SignalResponse['message'];

/** The way to one client. Sending never blocks; a sink that is closed or overfull drops and says so by `open`. */
export interface SignalSink {
  readonly open: boolean;
  send(message: ServerMessage): void;
  /** Flushes what was sent, then ends the connection. */
  close(): void;
}
