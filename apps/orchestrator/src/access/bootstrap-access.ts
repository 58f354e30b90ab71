import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { randomId } from '../identifiers/random-id.js';
import { ApiKey } from './api-key.entity.js';
import { Project } from './project.entity.js';
import { SecretBox } from './secret-box.js';

const kBootstrapProject = 'default';

/** Gives a fresh installation the API key that the operator chose, in a project named `default`. */
@Injectable()
export class BootstrapAccess {
  constructor(
    private readonly database: DataSource,
    private readonly secrets: SecretBox,
  ) {}

  /** Idempotent, also when several orchestrators start together; a key that exists keeps its secret. */
  async execute(apiKey: string, apiSecret: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction
        .createQueryBuilder()
        .insert()
        .into(Project)
        .values({ id: randomId('PR_'), name: kBootstrapProject, createdAt: new Date() })
        .orIgnore()
        .execute();
      const project = await transaction.getRepository(Project).findOneByOrFail({ name: kBootstrapProject });
      const sealedSecret = this.secrets.seal(apiKey, apiSecret);
      await transaction
        .createQueryBuilder()
        .insert()
        .into(ApiKey)
        .values({ apiKey, projectId: project.id, sealedSecret, createdAt: new Date(), revokedAt: null })
        .orIgnore()
        .execute();
    });
    await this.refuseOtherSecret(apiKey, apiSecret);
  }

  private async refuseOtherSecret(apiKey: string, apiSecret: string): Promise<void> {
    const row = await this.database.getRepository(ApiKey).findOneByOrFail({ apiKey });
    if (this.secrets.open(apiKey, row.sealedSecret) === apiSecret) return;
    throw new ChroomError(
      'SETTING_INVALID',
      `CHROOM_BOOTSTRAP_API_SECRET differs from the stored secret of ${apiKey}; use the stored one or another CHROOM_BOOTSTRAP_API_KEY`,
    );
  }
}
