import {
  type Clock,
  type EpochClock,
  epochAt,
  epochLengthSec,
  epochStartSec,
  type Member,
  MemberDirectory,
  type MemberId,
  memberId,
  systemClock,
} from '@chroom/protocol';
import type { Address } from 'viem';
import type { ChainFollower } from './chain-follower.js';
import { type FollowedMember, type FollowedStandard, isActiveAt, signerAt, standardAt } from './network-state.js';

/** Timers of more than 24 days overflow. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The members as the chain's events tell them, each with the key and the standing of the running epoch. Changes take
 * effect with an epoch, so listeners are called when something final arrives and when an epoch begins.
 */
export class ChainMemberDirectory extends MemberDirectory {
  private readonly listeners = new Set<() => void>();
  private readonly unsubscribe: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly follower: ChainFollower,
    private readonly epochs: EpochClock,
    private readonly clock: Clock = systemClock,
  ) {
    super();
    this.unsubscribe = follower.onStep((step) => {
      if (step.kind === 'reorganized' || (step.kind === 'advanced' && step.events.length > 0)) this.tell();
    });
    this.waitForEpoch();
  }

  override list(): readonly Member[] {
    const epoch = this.currentEpoch();
    return [...this.follower.state.members.values()].flatMap((member) => memberAt(member, epoch) ?? []);
  }

  override find(id: MemberId): Member | undefined {
    const member = this.follower.state.members.get(id);
    return member && memberAt(member, this.currentEpoch());
  }

  override onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** By the wall clock; the contracts go by the time of their block. */
  currentEpoch(): number {
    return epochAt(this.epochs, Math.floor(this.clock.nowMs() / 1000));
  }

  /** The key that signs for a member in an epoch: what receipts, grants and batches of that epoch are checked against. */
  signerAt(id: MemberId, epoch: number): Address | undefined {
    const member = this.follower.state.members.get(id);
    return member && isActiveAt(member, epoch) ? signerAt(member, epoch) : undefined;
  }

  /** The standard of an epoch; undefined until the chain was read. */
  standardAt(epoch: number): FollowedStandard | undefined {
    return standardAt(this.follower.state, epoch);
  }

  capacityKbps(id: MemberId): number | undefined {
    return this.follower.state.members.get(id)?.capacityKbps;
  }

  close(): void {
    this.unsubscribe();
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  private waitForEpoch(): void {
    const nextMs = epochStartSec(this.epochs, this.currentEpoch() + 1) * 1000 - this.clock.nowMs();
    this.timer = setTimeout(
      () => {
        this.tell();
        this.waitForEpoch();
      },
      Math.min(Math.max(nextMs, 0), epochLengthSec(this.epochs) * 1000, longestTimerMs),
    );
    this.timer.unref();
  }
}

/** Validators have no part in calls and are not listed. Before its first epoch a member shows its first key. */
function memberAt(member: FollowedMember, epoch: number): Member | undefined {
  if (member.kind === 'validator') return undefined;
  const signer = signerAt(member, epoch) ?? member.keys[0]?.signer;
  if (!signer) return undefined;
  return {
    id: memberId(member.id),
    kind: member.kind,
    signer: signer.toLowerCase() as Member['signer'],
    active: isActiveAt(member, epoch),
  };
}
