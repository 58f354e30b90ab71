// One publisher and many receivers in a peer's room, all of them the load generator's.
const ssrc = 0x1000;
const readySeconds = 30;
/** Some servers tell of a stream only once media of it has come. */
const announcement = { seconds: 0.3, fps: 30, packets: 8, bytes: 1200 };
/** Receivers that join side by side: signalling waits on round trips, not on the processor. */
const joinsAtOnce = 10;

/** @param {{address: string, publish: Function, subscribe: Function}} room a peer's signalling; address: where it is reached */
export async function fillRoom(generator, room, { receivers, cipher }) {
  const { address } = room;
  const { fingerprint, peers } = await generator.ask('peers', { count: receivers + 1, srtp: cipher, address });
  const local = (peer) => ({ ...peers[peer], fingerprint, address });
  const feed = await room.publish(generator, 0, local(0), ssrc);
  await expectReady(generator, 1);
  await generator.ask('run', announcement);
  for (let first = 1; first <= receivers; first += joinsAtOnce) {
    const batch = Array.from({ length: Math.min(joinsAtOnce, receivers + 1 - first) }, (_, i) => first + i);
    await Promise.all(batch.map((peer) => room.subscribe(generator, peer, local(peer), feed)));
  }
  await expectReady(generator, receivers + 1);
}

async function expectReady(generator, expected) {
  const { ready, failed } = await generator.ask('ready', { seconds: readySeconds });
  if (ready === expected) return;
  throw new Error(`CONNECT_FAILED: expected ${expected} connected transports, received ${ready} (${failed} failed)`);
}
