import { type Announcement, signedAnnouncementSchema } from '../announcement/announcement.js';
import { signAnnouncement } from '../announcement/announcement-signature.js';
import { type Health, heartbeatSchema, type LoadReport, sealHeartbeat } from '../announcement/heartbeat.js';
import { ChroomError } from '../errors/chroom-error.js';
import {
  type AnnouncementAccepted,
  announcementAcceptedSchema,
  heartbeatAcceptedSchema,
  type LivenessState,
  registryPaths,
} from '../registry-api/registry-api.js';
import { backoffMs, type Clock, systemClock } from '../time/clock.js';
import { encodeWire } from '../wire/parse-wire.js';
import type { Hex } from '../wire/wire-values.js';
import { postToRegistry } from './registry-http.js';

export type SelfDescription = Omit<Announcement, 'sequence' | 'issuedAtMs'>;

export interface MemberAnnouncerOptions {
  readonly registryUrl: string;
  readonly chainId: bigint;
  /** The member's secp256k1 key that is registered now; another one is announced with within one heartbeat. */
  readonly signerKey: () => Hex;
  /** What to announce now; a change is announced within one heartbeat. */
  readonly describe: () => SelfDescription;
  readonly health: () => Health;
  readonly load: () => LoadReport;
  /** Told when the announcement is accepted, and when the registry refuses or is gone (once for each change). */
  readonly onStep?: (step: AnnouncerStep) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export type AnnouncerStep =
  | { readonly type: 'announced'; readonly sequence: bigint }
  | { readonly type: 'failed'; readonly error: ChroomError };

interface AnnouncedContent {
  readonly description: SelfDescription;
  readonly signerKey: Hex;
}

const BACKOFF = { firstMs: 250, longestMs: 10_000 };
const ANNOUNCE_TIMEOUT_MS = 3000;

/**
 * Keeps one member announced: announces, sends heartbeats, announces again when the registry has forgotten it or the
 * description changed. A registry that is down costs bounded retries and nothing else.
 */
export class MemberAnnouncer {
  private readonly stopping = new AbortController();
  private readonly clock: Clock;
  private running: Promise<void> | undefined;
  private lastSequence = 0n;
  private lastFailure = '';

  constructor(private readonly options: MemberAnnouncerOptions) {
    this.clock = options.clock ?? systemClock;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Sends one last heartbeat with the health of now (draining, when the caller set it), and ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let attempt = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const content = this.content();
        const session = await this.announce(content);
        attempt = 0;
        await this.beat(session, content);
      } catch (error) {
        this.fail(error);
        const delayMs = backoffMs(BACKOFF, attempt++, this.options.random ?? Math.random);
        await this.clock.sleep(delayMs, this.stopping.signal);
      }
    }
  }

  private content(): AnnouncedContent {
    return { description: this.options.describe(), signerKey: this.options.signerKey() };
  }

  private async announce({ description, signerKey }: AnnouncedContent): Promise<AnnouncementAccepted> {
    const issuedAtMs = this.clock.nowMs();
    // Wall time keeps the sequence growing over restarts without a file; the registry refuses a clock that went back.
    const sequence = BigInt(issuedAtMs) > this.lastSequence ? BigInt(issuedAtMs) : this.lastSequence + 1n;
    const signed = await signAnnouncement({ ...description, sequence, issuedAtMs }, this.options.chainId, signerKey);
    const body = encodeWire(signedAnnouncementSchema, signed);
    const url = this.options.registryUrl + registryPaths.announcements;
    const accepted = await postToRegistry(url, body, announcementAcceptedSchema, ANNOUNCE_TIMEOUT_MS);
    this.lastSequence = sequence;
    this.lastFailure = '';
    this.options.onStep?.({ type: 'announced', sequence });
    return accepted;
  }

  /** Returns when another announcement is due. @throws nothing that a retry in the same session may heal. */
  private async beat(session: AnnouncementAccepted, announced: AnnouncedContent): Promise<void> {
    let counter = 0;
    let dueMs = this.clock.nowMs();
    while (this.isStill(announced)) {
      // Read before: a stop while a heartbeat is on its way is followed by one more, with the health of then.
      const isLast = this.stopping.signal.aborted;
      try {
        await this.sendHeartbeat(session, ++counter);
        if (this.lastFailure === 'REGISTRY_UNAVAILABLE') this.lastFailure = '';
      } catch (error) {
        if (!(error instanceof ChroomError) || error.code !== 'REGISTRY_UNAVAILABLE') throw error;
        this.fail(error);
      }
      if (isLast) return;
      dueMs = Math.max(dueMs + session.heartbeatIntervalMs, this.clock.nowMs());
      await this.clock.sleep(dueMs - this.clock.nowMs(), this.stopping.signal);
    }
  }

  /** What cannot be announced anew (its key is missing) stays announced as it is. */
  private isStill(announced: AnnouncedContent): boolean {
    try {
      const { description, signerKey } = this.content();
      return signerKey === announced.signerKey && fingerprintOf(description) === fingerprintOf(announced.description);
    } catch (error) {
      this.fail(error);
      return true;
    }
  }

  private async sendHeartbeat(session: AnnouncementAccepted, counter: number): Promise<LivenessState> {
    const { health, load } = this.options;
    const unsealed = { session: session.session, counter, health: health(), load: load() };
    const body = encodeWire(heartbeatSchema, sealHeartbeat(unsealed, Buffer.from(session.secret, 'hex')));
    const url = this.options.registryUrl + registryPaths.heartbeats;
    return (await postToRegistry(url, body, heartbeatAcceptedSchema, session.heartbeatIntervalMs)).state;
  }

  private fail(error: unknown): void {
    const coded =
      error instanceof ChroomError ? error : new ChroomError('INTERNAL', 'Announcing failed.', { cause: error });
    if (coded.code === this.lastFailure) return;
    this.lastFailure = coded.code;
    this.options.onStep?.({ type: 'failed', error: coded });
  }
}

function fingerprintOf(description: SelfDescription): string {
  return JSON.stringify(description, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}
