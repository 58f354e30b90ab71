import { type Participant, Track } from 'livekit-client';
import { useEffect, useRef } from 'react';
import { FrameMeter } from '../measure/frame-meter';
import type { Meeting } from './meeting';

interface Props {
  readonly meeting: Meeting;
  readonly participant: Participant;
}

export function ParticipantTile({ meeting, participant }: Props) {
  const videoElement = useRef<HTMLVideoElement>(null);
  const audioElement = useRef<HTMLAudioElement>(null);
  const camera = participant.getTrackPublication(Track.Source.Camera);
  const microphone = participant.getTrackPublication(Track.Source.Microphone);
  const videoTrack = camera?.isMuted ? undefined : camera?.track;
  const audioTrack = participant.isLocal ? undefined : microphone?.track;

  useEffect(() => {
    if (participant.isLocal || !videoElement.current) return;
    const meter = new FrameMeter(videoElement.current);
    meeting.meters.set(participant.identity, meter);
    return () => {
      meter.stop();
      meeting.meters.delete(participant.identity);
    };
  }, [meeting, participant.identity, participant.isLocal]);

  useEffect(() => {
    const element = videoElement.current;
    if (!element || !videoTrack) return;
    meeting.meters.get(participant.identity)?.sourceChanged();
    videoTrack.attach(element);
    return () => {
      videoTrack.detach(element);
    };
  }, [meeting, participant.identity, videoTrack]);

  useEffect(() => {
    const element = audioElement.current;
    if (!element || !audioTrack) return;
    audioTrack.attach(element);
    return () => {
      audioTrack.detach(element);
    };
  }, [audioTrack]);

  return (
    <div className={participant.isSpeaking ? 'tile speaking' : 'tile'} data-identity={participant.identity}>
      <video ref={videoElement} autoPlay playsInline muted />
      {/* biome-ignore lint/a11y/useMediaCaption: live speech has no captions */}
      <audio ref={audioElement} autoPlay />
      <div className="label">
        <span>
          {participant.identity}
          {participant.isLocal ? ' (you)' : ''}
        </span>
        <span title="connection quality">{participant.connectionQuality}</span>
        {microphone?.isMuted !== false && <span>muted</span>}
      </div>
    </div>
  );
}
