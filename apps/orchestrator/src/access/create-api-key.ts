import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { randomId } from '../identifiers/random-id.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeys } from './api-keys.js';
import { Project } from './project.entity.js';
import { SecretBox } from './secret-box.js';

/** 43 characters of 5.8 bits: 249 bits, about the strength of HMAC-SHA256. */
const kSecretChars = 43;
const kMostKeysPerProject = 100;

export interface CreatedApiKey {
  readonly apiKey: string;
  /** Shown once; only its encryption is stored. */
  readonly apiSecret: string;
  readonly createdAt: Date;
}

@Injectable()
export class CreateApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly secrets: SecretBox,
    private readonly keys: ApiKeys,
  ) {}

  /** @throws ChroomError PROJECT_UNKNOWN, LIMIT_EXCEEDED. */
  async execute(projectId: string): Promise<CreatedApiKey> {
    if (!(await this.database.getRepository(Project).existsBy({ id: projectId }))) {
      throw new ChroomError('PROJECT_UNKNOWN', `there is no project ${projectId}`);
    }
    const rows = this.database.getRepository(ApiKey);
    if ((await rows.countBy({ projectId })) >= kMostKeysPerProject) {
      throw new ChroomError(
        'LIMIT_EXCEEDED',
        `project ${projectId} has ${kMostKeysPerProject} API keys, the most allowed`,
      );
    }
    const apiKey = randomId('API');
    const apiSecret = randomId('', kSecretChars);
    const createdAt = new Date();
    const sealedSecret = this.secrets.seal(apiKey, apiSecret);
    await rows.insert({ apiKey, projectId, sealedSecret, createdAt, revokedAt: null });
    this.keys.forget(apiKey);
    return { apiKey, apiSecret, createdAt };
  }
}
