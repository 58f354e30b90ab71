import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { randomId } from '../identifiers/random-id.js';
import { Project } from './project.entity.js';

const kUniqueViolation = '23505';

@Injectable()
export class CreateProject {
  constructor(private readonly database: DataSource) {}

  /** @throws ChroomError ALREADY_EXISTS when a project has that name. */
  async execute(name: string): Promise<Project> {
    const projects = this.database.getRepository(Project);
    const project = projects.create({ id: randomId('PR_'), name, createdAt: new Date() });
    try {
      await projects.insert(project);
    } catch (error) {
      if ((error as { code?: string }).code !== kUniqueViolation) throw error;
      throw new ChroomError('ALREADY_EXISTS', `there is a project named "${name}"; choose another name`);
    }
    return project;
  }
}
