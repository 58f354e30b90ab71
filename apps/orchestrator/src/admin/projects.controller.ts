import { ChroomError } from '@chroom/protocol';
import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { DataSource } from 'typeorm';
import { CreateProject } from '../access/create-project.js';
import { Project } from '../access/project.entity.js';
import { AdminController } from './admin-api.js';
import { keysetPage, PageQuery } from './keyset-page.js';
import { ProjectPage, ProjectView } from './views.js';

class NewProject {
  @ApiProperty({ minLength: 1, maxLength: 100 })
  @IsString()
  @Length(1, 100)
  name: string;
}

@AdminController('projects', 'projects')
export class ProjectsController {
  constructor(
    private readonly database: DataSource,
    private readonly createProject: CreateProject,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiCreatedResponse({ type: ProjectView })
  async create(@Body() body: NewProject): Promise<ProjectView> {
    return view(await this.createProject.execute(body.name));
  }

  @Get()
  @ApiOkResponse({ type: ProjectPage })
  async list(@Query() page: PageQuery): Promise<ProjectPage> {
    const query = this.database.getRepository(Project).createQueryBuilder('row');
    const { items, nextCursor } = await keysetPage(query, { time: 'createdAt', id: 'id' }, page);
    return { items: items.map(view), nextCursor };
  }

  @Get(':projectId')
  @ApiOkResponse({ type: ProjectView })
  async get(@Param('projectId') id: string): Promise<ProjectView> {
    const project = await this.database.getRepository(Project).findOneBy({ id });
    if (project === null) throw new ChroomError('PROJECT_UNKNOWN', `there is no project ${id}`);
    return view(project);
  }
}

function view(project: Project): ProjectView {
  return { id: project.id, name: project.name, createdAt: project.createdAt.toISOString() };
}
