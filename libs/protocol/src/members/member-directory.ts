import { ChroomError } from '../errors/chroom-error.js';
import type { Member, MemberId, MemberKind } from './member.js';

/** Who belongs to the network, with which key now. Behind it are the events of the contracts (libs/chain). */
export abstract class MemberDirectory {
  /** Known members, also those that are not active. */
  abstract list(): readonly Member[];
  abstract find(id: MemberId): Member | undefined;
  /** Calls `listener` after every change until the returned function is called. */
  abstract onChange(listener: () => void): () => void;
}

/** @throws ChroomError MEMBER_UNKNOWN unless `id` is an active member of that kind. */
export function requireActiveMember(directory: MemberDirectory, kind: MemberKind, id: MemberId): Member {
  const member = directory.find(id);
  if (member?.active && member.kind === kind) return member;
  const found = member
    ? `member ${id} is ${member.active ? `a ${member.kind}` : 'not active'}`
    : `there is no member ${id}`;
  throw new ChroomError(
    'MEMBER_UNKNOWN',
    `Expected an active ${kind}: ${found}. Register it, or use its right identity.`,
  );
}

/** A directory of fixed members: networks in one process, and tests. */
export class FixedMemberDirectory extends MemberDirectory {
  private members: ReadonlyMap<MemberId, Member>;
  private readonly listeners = new Set<() => void>();

  constructor(members: readonly Member[]) {
    super();
    this.members = byId(members);
  }

  override list(): readonly Member[] {
    return [...this.members.values()];
  }

  override find(id: MemberId): Member | undefined {
    return this.members.get(id);
  }

  override onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Replaces all members. */
  replace(members: readonly Member[]): void {
    this.members = byId(members);
    for (const listener of this.listeners) listener();
  }
}

function byId(members: readonly Member[]): ReadonlyMap<MemberId, Member> {
  return new Map(members.map((member) => [member.id, member]));
}
