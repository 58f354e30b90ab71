import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ApiKey } from './api-key.entity.js';
import { ApiKeys } from './api-keys.js';

@Injectable()
export class RevokeApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly keys: ApiKeys,
  ) {}

  /**
   * Tokens of the key are refused from now on (other orchestrators follow within 10 s). Idempotent.
   * @throws ChroomError API_KEY_UNKNOWN when the project has no such key.
   */
  async execute(projectId: string, apiKey: string): Promise<void> {
    const rows = this.database.getRepository(ApiKey);
    const row = await rows.findOneBy({ apiKey, projectId });
    if (row === null) throw new ChroomError('API_KEY_UNKNOWN', `project ${projectId} has no API key ${apiKey}`);
    if (row.revokedAt === null) await rows.update({ apiKey }, { revokedAt: new Date() });
    this.keys.forget(apiKey);
  }
}
