import type { Room } from 'livekit-client';
import type { CallFigures } from '../../apps/console/src/measure/call-figures';
import type { FrameMeter } from '../../apps/console/src/measure/frame-meter';

/** What the meeting page shows to tests. */
declare global {
  interface Window {
    chroomMeeting?: {
      readonly room: Room;
      readonly meters: ReadonlyMap<string, FrameMeter>;
      readonly chat: readonly { readonly from: string; readonly text: string }[];
      readonly startedAtMs: number;
      readonly reconnects: number;
      figures(): Promise<CallFigures>;
      say(text: string): Promise<void>;
    };
    /** Set by presented-frames.ts, by identity: the longest time without a presented frame, and when it ended. */
    presentedFrames?: Map<string, { count: number; lastAtMs: number; longestGapMs: number; longestGapEnd: string }>;
  }
}
