import { Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { ApiKey } from '../access/api-key.entity.js';
import { CreateApiKey } from '../access/create-api-key.js';
import { RevokeApiKey } from '../access/revoke-api-key.js';
import { AdminController } from './admin-api.js';
import { ApiKeyList, CreatedApiKeyView } from './views.js';

@AdminController('projects/:projectId/keys', 'API keys')
export class ApiKeysController {
  constructor(
    private readonly database: DataSource,
    private readonly createApiKey: CreateApiKey,
    private readonly revokeApiKey: RevokeApiKey,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiCreatedResponse({ type: CreatedApiKeyView })
  async create(@Param('projectId') projectId: string): Promise<CreatedApiKeyView> {
    const { apiKey, apiSecret, createdAt } = await this.createApiKey.execute(projectId);
    return { apiKey, apiSecret, createdAt: createdAt.toISOString() };
  }

  /** At most 100, oldest first. */
  @Get()
  @ApiOkResponse({ type: ApiKeyList })
  async list(@Param('projectId') projectId: string): Promise<ApiKeyList> {
    const rows = await this.database.getRepository(ApiKey).find({ where: { projectId }, order: { createdAt: 'ASC' } });
    const items = rows.map(({ apiKey, createdAt, revokedAt }) => ({
      apiKey,
      createdAt: createdAt.toISOString(),
      revokedAt: revokedAt?.toISOString() ?? null,
    }));
    return { items };
  }

  @Delete(':apiKey')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Its tokens are refused from now on' })
  async revoke(@Param('projectId') projectId: string, @Param('apiKey') apiKey: string): Promise<void> {
    await this.revokeApiKey.execute(projectId, apiKey);
  }
}
