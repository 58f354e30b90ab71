import { isDatabaseOutage } from '@chroom/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { ApiKey } from './api-key.entity.js';
import { SecretBox } from './secret-box.js';

/** A key that is in force, with its secret. The secret never leaves `access/`. */
export interface KnownApiKey {
  readonly apiKey: string;
  readonly projectId: string;
  readonly secret: Uint8Array;
}

/** A key revoked at another orchestrator is refused here at the latest after this time. */
const kFreshMs = 10_000;
const kUnknownFreshMs = 2_000;
const kMostCachedKeys = 4_096;

/**
 * Looks keys up, through a bounded cache. While the database is down keys that were in force are still served, so that
 * running participants can reconnect.
 */
@Injectable()
export class ApiKeys {
  private readonly cache = new Map<string, { readonly key: KnownApiKey | undefined; readonly readAtMs: number }>();

  constructor(
    private readonly database: DataSource,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** @returns undefined for a key that is unknown or revoked. */
  async find(apiKey: string): Promise<KnownApiKey | undefined> {
    const cached = this.cache.get(apiKey);
    const freshMs = cached?.key === undefined ? kUnknownFreshMs : kFreshMs;
    if (cached !== undefined && this.clock.nowMs() - cached.readAtMs < freshMs) return cached.key;
    try {
      const key = await this.read(apiKey);
      this.remember(apiKey, key);
      return key;
    } catch (error) {
      if (cached?.key !== undefined && isDatabaseOutage(error)) return cached.key;
      throw error;
    }
  }

  /** Call after a change of the key. */
  forget(apiKey: string): void {
    this.cache.delete(apiKey);
  }

  private async read(apiKey: string): Promise<KnownApiKey | undefined> {
    const row = await this.database.getRepository(ApiKey).findOneBy({ apiKey });
    if (row === null || row.revokedAt !== null) return undefined;
    const secret = Buffer.from(this.secrets.open(apiKey, row.sealedSecret), 'utf8');
    return { apiKey, projectId: row.projectId, secret };
  }

  private remember(apiKey: string, key: KnownApiKey | undefined): void {
    this.cache.delete(apiKey);
    this.cache.set(apiKey, { key, readAtMs: this.clock.nowMs() });
    const oldest = this.cache.keys().next();
    if (this.cache.size > kMostCachedKeys && !oldest.done) this.cache.delete(oldest.value);
  }
}
