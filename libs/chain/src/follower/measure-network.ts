import { Gauge, type Registry } from '@chroom/telemetry';
import type { FollowedNetwork } from './follow-network.js';

/** What operators watch of the chain: whether it is followed, how far, and by which rules the running epoch is judged. */
export function measureNetwork(registry: Registry, { directory, follower }: FollowedNetwork): void {
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      name: `chroom_chain_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read() ?? Number.NaN);
      },
    });
  gauge('answers', '1 while the chain answers, else 0', () => (follower.outage === undefined ? 1 : 0));
  gauge('block', 'Last block that counts as final', () => Number(follower.blockNumber ?? Number.NaN));
  gauge('epoch', 'Epoch of now, by the wall clock', () => directory.currentEpoch());
  gauge('standard_version', 'Version of the standards in force', () => standardNow()?.version);
  gauge(
    'newest_standard_version',
    'Version of the standards that were scheduled last',
    () => follower.state.standards.at(-1)?.version,
  );
  const standardNow = () => directory.standardAt(directory.currentEpoch());
}
