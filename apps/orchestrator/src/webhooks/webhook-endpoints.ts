import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Project } from '../access/project.entity.js';
import { randomId } from '../identifiers/random-id.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

const kMostPerProject = 20;

/** The endpoints of projects, as the admin API manages them. */
@Injectable()
export class WebhookEndpoints {
  constructor(private readonly database: DataSource) {}

  /** @throws ChroomError PROJECT_UNKNOWN, LIMIT_EXCEEDED, INVALID_ARGUMENT. */
  async add(projectId: string, url: string): Promise<WebhookEndpoint> {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new ChroomError('INVALID_ARGUMENT', `url: expected an http or https URL, got ${JSON.stringify(url)}`);
    }
    if (!(await this.database.getRepository(Project).existsBy({ id: projectId }))) {
      throw new ChroomError('PROJECT_UNKNOWN', `there is no project ${projectId}`);
    }
    const rows = this.database.getRepository(WebhookEndpoint);
    if ((await rows.countBy({ projectId })) >= kMostPerProject) {
      throw new ChroomError('LIMIT_EXCEEDED', `project ${projectId} has ${kMostPerProject} webhooks, the most allowed`);
    }
    const endpoint = { id: randomId('WH_'), projectId, url, createdAt: new Date() };
    await rows.insert(endpoint);
    return endpoint;
  }

  list(projectId: string): Promise<WebhookEndpoint[]> {
    return this.database.getRepository(WebhookEndpoint).find({ where: { projectId }, order: { createdAt: 'ASC' } });
  }

  /** Events that wait for it are dropped. Idempotent. */
  async remove(projectId: string, id: string): Promise<void> {
    await this.database.getRepository(WebhookEndpoint).delete({ id, projectId });
  }
}
