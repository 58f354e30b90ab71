import { type FormEvent, useState } from 'react';

export interface JoinWish {
  readonly room: string;
  readonly identity: string;
}

interface Props {
  readonly initial: JoinWish;
  readonly problem: string | undefined;
  readonly busy: boolean;
  readonly onJoin: (wish: JoinWish) => void;
}

export function JoinForm({ initial, problem, busy, onJoin }: Props) {
  const [room, setRoom] = useState(initial.room);
  const [identity, setIdentity] = useState(initial.identity);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onJoin({ room, identity });
  };
  return (
    <form className="join" onSubmit={submit}>
      <h1>Chroom</h1>
      <p>Join a room with camera and microphone.</p>
      <label>
        Room
        <input value={room} onChange={(event) => setRoom(event.target.value)} required maxLength={256} />
      </label>
      <label>
        Your name
        <input value={identity} onChange={(event) => setIdentity(event.target.value)} required maxLength={256} />
      </label>
      <button type="submit" disabled={busy}>
        {busy ? 'Joining …' : 'Join'}
      </button>
      {problem && <p className="problem">{problem}</p>}
    </form>
  );
}
