// Which sessions on the chain are those of this call: only the orchestrator can tell, on the chain they are hashes.

/** @returns {Promise<{participant: string, session: string}[]>} several for who has reloaded */
export async function fetchSessions(ready, room) {
  const stays = await list(ready, `sessions?room=${encodeURIComponent(room)}&limit=100`);
  const [roomSid] = new Set(stays.map((stay) => stay.roomSid));
  if (!roomSid) throw new Error(`the admin API knows no session of room ${room}`);
  const identities = new Map(stays.map(({ sid, identity }) => [sid, identity]));
  const grants = await list(ready, `payments/grants?room=${encodeURIComponent(roomSid)}&limit=100`);
  const participants = new Map(grants.map(({ session, granted }) => [granted.sessionId, identities.get(session)]));
  return [...participants].map(([session, participant]) => ({ session, participant }));
}

async function list({ adminUrl, adminToken }, path) {
  const response = await fetch(`${adminUrl}/${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
  if (!response.ok) throw new Error(`the admin API answered ${response.status}: ${await response.text()}`);
  return (await response.json()).items;
}
