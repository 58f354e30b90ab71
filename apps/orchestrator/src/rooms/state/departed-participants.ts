import type { ParticipantInfo } from '@livekit/protocol';

const keptForMs = 120_000;
const maxKept = 500;

/** Who left lately, for clients that come back from a short interruption and missed it. */
export class DepartedParticipants {
  private readonly kept: { readonly info: ParticipantInfo; readonly atMs: number }[] = [];

  add(info: ParticipantInfo, nowMs: number): void {
    this.kept.push({ info, atMs: nowMs });
    while (this.kept.length > maxKept || (this.kept[0] && nowMs - this.kept[0].atMs > keptForMs)) this.kept.shift();
  }

  /** Without those whose identity is back. */
  list(nowMs: number, presentSids: ReadonlySet<string>): ParticipantInfo[] {
    return this.kept
      .filter(({ atMs, info }) => nowMs - atMs <= keptForMs && !presentSids.has(info.sid))
      .map(({ info }) => info);
  }
}
