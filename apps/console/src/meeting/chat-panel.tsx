import { type FormEvent, useState } from 'react';
import type { Meeting } from './meeting';

export function ChatPanel({ meeting }: { readonly meeting: Meeting }) {
  const [text, setText] = useState('');
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!text) return;
    setText('');
    await meeting.say(text);
  };
  return (
    <aside className="chat">
      <h2>Chat</h2>
      <ol>
        {meeting.chat.map((line, index) => (
          <li key={index}>
            <b>{line.from}</b> {line.text}
          </li>
        ))}
      </ol>
      <form onSubmit={send}>
        <input value={text} onChange={(event) => setText(event.target.value)} placeholder="Message" maxLength={4000} />
        <button type="submit">Send</button>
      </form>
    </aside>
  );
}
