import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { CallBar } from './call-bar';
import { ChatPanel } from './chat-panel';
import { JoinForm, type JoinWish } from './join-form';
import { Meeting } from './meeting';
import { ParticipantTile } from './participant-tile';
import { requestToken } from './request-token';

declare global {
  interface Window {
    /** The running meeting, for the browser's console and for tests: `await chroomMeeting.figures()`. */
    chroomMeeting?: Meeting;
  }
}

/** `?room=R&name=N` fills the form; with `&join=1` the page joins by itself, so that a reload comes back. Further: call-options.ts. */
export function MeetingPage() {
  const query = new URLSearchParams(location.search);
  const wish: JoinWish = { room: query.get('room') ?? 'lobby', identity: query.get('name') ?? '' };
  const joinsByItself = query.get('join') === '1';
  const [meeting, setMeeting] = useState<Meeting>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(joinsByItself);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const begun = useRef(false);

  const join = useCallback(async (wanted: JoinWish) => {
    setBusy(true);
    setProblem(undefined);
    const next = new Meeting();
    try {
      const { token, livekitUrl } = await requestToken(wanted);
      window.chroomMeeting = next;
      next.subscribe(redraw);
      setMeeting(next);
      await next.join(livekitUrl, token);
    } catch (error) {
      await next.room.disconnect();
      setMeeting(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }, []);

  useEffect(() => {
    if (!joinsByItself || begun.current) return;
    begun.current = true;
    void join(wish);
  });

  if (!meeting) return <JoinForm initial={wish} problem={problem} busy={busy} onJoin={join} />;
  const leave = async () => {
    await meeting.room.disconnect();
    setMeeting(undefined);
  };
  return (
    <main className="meeting">
      <section className="tiles">
        {meeting.participants().map((participant) => (
          <ParticipantTile key={participant.identity} meeting={meeting} participant={participant} />
        ))}
      </section>
      <ChatPanel meeting={meeting} />
      <CallBar meeting={meeting} onLeave={leave} />
    </main>
  );
}
