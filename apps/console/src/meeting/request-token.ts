import type { JoinWish } from './join-form';

export interface JoinPass {
  readonly token: string;
  readonly livekitUrl: string;
}

/** @throws Error with the server's coded message when it makes no token. */
export async function requestToken(wish: JoinWish): Promise<JoinPass> {
  const response = await fetch('/api/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
