import type { Announcement } from '../announcement/announcement.js';
import { verifyAnnouncement } from '../announcement/announcement-signature.js';
import { ChroomError } from '../errors/chroom-error.js';
import type { MemberId, MemberKind } from '../members/member.js';
import type { MemberDirectory } from '../members/member-directory.js';
import {
  type AnnouncedMember,
  registryPaths,
  type WatchEvent,
  watchEventSchema,
} from '../registry-api/registry-api.js';
import { backoffMs, type Clock, systemClock } from '../time/clock.js';
import { parseWire } from '../wire/parse-wire.js';
import type { Hex } from '../wire/wire-values.js';
import { openRegistryStream } from './registry-http.js';
import { readServerSentEvents } from './server-sent-events.js';

export interface AnnouncedMembersOptions {
  readonly registryUrl: string;
  readonly kind: Extract<MemberKind, 'node' | 'orchestrator'>;
  readonly chainId: bigint;
  /** Our own view of who belongs to the network; the registry is not trusted for it. */
  readonly directory: MemberDirectory;
  /** Told when the stream is in step, fails, or carries a member that cannot be verified (which is then ignored). */
  readonly onStep?: (step: WatchStep) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export type WatchStep =
  | { readonly type: 'ready'; readonly members: number }
  | { readonly type: 'failed'; readonly error: ChroomError }
  | { readonly type: 'unverified'; readonly id: MemberId; readonly error: ChroomError };

const BACKOFF = { firstMs: 250, longestMs: 5000 };
const EVENT_MAX_BYTES = 64 * 1024;
/** The registry sends a comment every 5 s. */
const SILENCE_MAX_MS = 15_000;
const MEMBERS_MAX = 20_000;

/**
 * The nodes or orchestrators that the registry shows, each checked against its signed announcement. Fields that are
 * signed are taken from there; only state, load, health and time are the registry's word. While the registry is down
 * what was known stays.
 */
export class AnnouncedMembers {
  private readonly stopping = new AbortController();
  private readonly clock: Clock;
  private readonly listeners = new Set<() => void>();
  private known = new Map<MemberId, AnnouncedMember>();
  /** Members since a reset; takes the place of `known` once it is whole. */
  private incoming: Map<MemberId, AnnouncedMember> | undefined;
  private readonly newestSequence = new Map<MemberId, bigint>();
  private cursor = '';
  private running: Promise<void> | undefined;
  private lastFailure = '';

  constructor(private readonly options: AnnouncedMembersOptions) {
    this.clock = options.clock ?? systemClock;
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** All that are announced and active members, in every state. */
  list(): readonly AnnouncedMember[] {
    return [...this.known.values()].filter((member) => this.isActive(member));
  }

  find(id: MemberId): AnnouncedMember | undefined {
    const member = this.known.get(id);
    return member && this.isActive(member) ? member : undefined;
  }

  findByTlsKey(spkiSha256: Hex): AnnouncedMember | undefined {
    return this.list().find((member) => member.tlsSpkiSha256 === spkiSha256);
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private isActive(member: AnnouncedMember): boolean {
    const registered = this.options.directory.find(member.id);
    return registered?.active === true && registered.kind === this.options.kind;
  }

  private async run(): Promise<void> {
    let attempt = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.follow(() => {
          attempt = 0;
        });
      } catch (error) {
        this.fail(error);
      }
      await this.clock.sleep(backoffMs(BACKOFF, attempt++, this.options.random ?? Math.random), this.stopping.signal);
    }
  }

  private async follow(onEvent: () => void): Promise<void> {
    const silence = new AbortController();
    const watchdog = setInterval(() => {
      if (this.clock.nowMs() - heardMs > SILENCE_MAX_MS) silence.abort();
    }, 1000);
    let heardMs = this.clock.nowMs();
    const signal = AbortSignal.any([silence.signal, this.stopping.signal]);
    try {
      const stream = await openRegistryStream(this.url(), this.cursor, signal);
      for await (const { id, data } of readServerSentEvents(stream, EVENT_MAX_BYTES)) {
        heardMs = this.clock.nowMs();
        if (!data) continue;
        await this.apply(parseWire(watchEventSchema, JSON.parse(data), 'watch event'));
        this.cursor = id;
        onEvent();
      }
    } finally {
      clearInterval(watchdog);
    }
  }

  private url(): string {
    const { registryUrl, kind } = this.options;
    return registryUrl + (kind === 'node' ? registryPaths.watchNodes : registryPaths.watchOrchestrators);
  }

  private async apply(event: WatchEvent): Promise<void> {
    const target = this.incoming ?? this.known;
    if (event.type === 'reset') this.incoming = new Map();
    else if (event.type === 'upsert') await this.upsert(target, event.member);
    else if (event.type === 'remove') target.delete(event.id);
    else this.becomeReady();
    if (!this.incoming) for (const listener of this.listeners) listener();
  }

  private becomeReady(): void {
    this.known = this.incoming ?? this.known;
    this.incoming = undefined;
    this.lastFailure = '';
    this.options.onStep?.({ type: 'ready', members: this.known.size });
  }

  private async upsert(target: Map<MemberId, AnnouncedMember>, shown: AnnouncedMember): Promise<void> {
    const { announcement } = shown.signed;
    try {
      if (this.known.get(announcement.id)?.signed.signature !== shown.signed.signature) await this.verify(shown);
    } catch (error) {
      this.options.onStep?.({ type: 'unverified', id: shown.id, error: asCoded(error) });
      return;
    }
    if (target.size >= MEMBERS_MAX && !target.has(announcement.id)) return;
    this.newestSequence.set(announcement.id, announcement.sequence);
    target.set(announcement.id, { ...shown, ...signedFields(announcement) });
  }

  private async verify(shown: AnnouncedMember): Promise<void> {
    const { announcement } = shown.signed;
    await verifyAnnouncement(shown.signed, this.options.chainId, this.options.directory);
    const newest = this.newestSequence.get(announcement.id) ?? 0n;
    if (announcement.kind !== this.options.kind || announcement.sequence < newest) {
      throw new ChroomError(
        'ANNOUNCEMENT_REPLAYED',
        `Expected a ${this.options.kind} with sequence ${newest} or higher; got a ${announcement.kind} with ${announcement.sequence}.`,
      );
    }
  }

  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const coded = asCoded(error);
    if (coded.code === this.lastFailure) return;
    this.lastFailure = coded.code;
    this.options.onStep?.({ type: 'failed', error: coded });
  }
}

function signedFields(announcement: Announcement) {
  const { id, kind, controlUrl, tlsSpkiSha256, region, capacity, endpoints, softwareVersion: version } = announcement;
  return { id, kind, controlUrl, tlsSpkiSha256, region, capacity, endpoints, version };
}

function asCoded(error: unknown): ChroomError {
  if (error instanceof ChroomError) return error;
  return new ChroomError('REGISTRY_UNAVAILABLE', 'The watch stream broke. Known members stay in use.', {
    cause: error,
  });
}
