import { Body, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { WebhookEndpoint } from '../webhooks/webhook-endpoint.entity.js';
import { WebhookEndpoints } from '../webhooks/webhook-endpoints.js';
import { AdminController } from './admin-api.js';
import { WebhookList, WebhookView } from './views.js';

class NewWebhook {
  @ApiProperty({ description: 'http or https', maxLength: 2000 })
  @IsString()
  @Length(1, 2000)
  url: string;
}

@AdminController('projects/:projectId/webhooks', 'webhooks')
export class WebhooksController {
  constructor(private readonly endpoints: WebhookEndpoints) {}

  @Post()
  @HttpCode(201)
  @ApiCreatedResponse({ type: WebhookView })
  async create(@Param('projectId') projectId: string, @Body() body: NewWebhook): Promise<WebhookView> {
    return view(await this.endpoints.add(projectId, body.url));
  }

  /** At most 20, oldest first. */
  @Get()
  @ApiOkResponse({ type: WebhookList })
  async list(@Param('projectId') projectId: string): Promise<WebhookList> {
    return { items: (await this.endpoints.list(projectId)).map(view) };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Events that wait for it are dropped' })
  async remove(@Param('projectId') projectId: string, @Param('id') id: string): Promise<void> {
    await this.endpoints.remove(projectId, id);
  }
}

function view({ id, url, createdAt }: WebhookEndpoint): WebhookView {
  return { id, url, createdAt: createdAt.toISOString() };
}
