import { Module, type OnModuleInit } from '@nestjs/common';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { AccessTokens } from './access-tokens.port.js';
import { ApiKeys } from './api-keys.js';
import { BootstrapAccess } from './bootstrap-access.js';
import { CreateApiKey } from './create-api-key.js';
import { CreateProject } from './create-project.js';
import { JwtAccessTokens } from './jwt-access-tokens.js';
import { RevokeApiKey } from './revoke-api-key.js';
import { SecretBox } from './secret-box.js';

/** Projects, API keys and tokens. */
@Module({
  providers: [
    {
      provide: SecretBox,
      inject: [OrchestratorSettings],
      useFactory: (settings: OrchestratorSettings) => new SecretBox(settings.secretsKey),
    },
    ApiKeys,
    BootstrapAccess,
    CreateProject,
    CreateApiKey,
    RevokeApiKey,
    { provide: AccessTokens, useClass: JwtAccessTokens },
  ],
  exports: [AccessTokens, CreateProject, CreateApiKey, RevokeApiKey],
})
export class AccessModule implements OnModuleInit {
  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly bootstrap: BootstrapAccess,
  ) {}

  async onModuleInit(): Promise<void> {
    const key = this.settings.bootstrapKey;
    if (key !== undefined) await this.bootstrap.execute(key.apiKey, key.apiSecret);
  }
}
