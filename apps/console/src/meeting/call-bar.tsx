import { useEffect, useState } from 'react';
import type { CallFigures } from '../measure/call-figures';
import type { Meeting } from './meeting';

const refreshMs = 1000;

interface Props {
  readonly meeting: Meeting;
  readonly onLeave: () => void;
}

export function CallBar({ meeting, onLeave }: Props) {
  const [figures, setFigures] = useState<CallFigures>();
  useEffect(() => {
    const timer = setInterval(async () => setFigures(await meeting.figures()), refreshMs);
    return () => clearInterval(timer);
  }, [meeting]);
  const me = meeting.room.localParticipant;
  return (
    <footer className="bar">
      <button type="button" onClick={() => meeting.turn('microphone', !me.isMicrophoneEnabled)}>
        {me.isMicrophoneEnabled ? 'Mute' : 'Unmute'}
      </button>
      <button type="button" onClick={() => meeting.turn('camera', !me.isCameraEnabled)}>
        {me.isCameraEnabled ? 'Camera off' : 'Camera on'}
      </button>
      <button type="button" onClick={onLeave}>
        Leave
      </button>
      {meeting.problem && <span className="problem">{meeting.problem}</span>}
      <span className="figures">
        {meeting.room.name} · {meeting.room.state}
        {figures?.rttMs !== undefined && ` · ${figures.rttMs.toFixed(1)} ms`}
        {figures && ` · ${figures.packetsLost} of ${figures.packetsReceived + figures.packetsLost} packets lost`}
        {Object.entries(figures?.video ?? {}).map(
          ([identity, video]) =>
            ` · ${identity} ${video.width}×${video.height} ${video.fps.toFixed(1)} fps, ${video.freezes} freezes`,
        )}
      </span>
    </footer>
  );
}
