import type { AnnouncedMembers, Hex, PinnedPeer, PinnedPeers } from '@chroom/protocol';

/** An orchestrator connects right after it announced itself; its announcement may still be on the way to us. */
const PATIENCE_MS = 1000;
/** Unknown keys that may wait at one time. */
const WAITING_MAX = 32;

/** Admits the TLS keys that active orchestrators have announced. */
export class AnnouncedOrchestrators implements PinnedPeers {
  private waiting = 0;

  constructor(private readonly members: Pick<AnnouncedMembers, 'findByTlsKey' | 'onChange'>) {}

  lookUp(spkiSha256: Hex): PinnedPeer | undefined | Promise<PinnedPeer | undefined> {
    const peer = this.find(spkiSha256);
    return peer || this.waiting >= WAITING_MAX ? peer : this.await(spkiSha256);
  }

  private find(spkiSha256: Hex): PinnedPeer | undefined {
    const member = this.members.findByTlsKey(spkiSha256);
    return member && { memberId: member.id };
  }

  private async await(spkiSha256: Hex): Promise<PinnedPeer | undefined> {
    this.waiting += 1;
    try {
      return await new Promise((resolve) => {
        const end = (peer: PinnedPeer | undefined) => {
          clearTimeout(timer);
          unsubscribe();
          resolve(peer);
        };
        const unsubscribe = this.members.onChange(() => {
          const peer = this.find(spkiSha256);
          if (peer) end(peer);
        });
        const timer = setTimeout(() => end(undefined), PATIENCE_MS);
      });
    } finally {
      this.waiting -= 1;
    }
  }
}
