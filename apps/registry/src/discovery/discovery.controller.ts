import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AnnouncedMember,
  ChroomError,
  discoverySchema,
  encodeWire,
  jsonSchemaOf,
  registryPaths,
  watchEventSchema,
} from '@chroom/protocol';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { openApi } from '../http/open-api.js';
import { isOffered } from '../liveness/liveness.js';
import { Roster, type ServedKind } from '../roster/roster.js';
import { Watchers } from './watchers.js';

const discoveryAnswer = { status: 200, schema: openApi(jsonSchemaOf(discoverySchema)) };
const watchAnswer = {
  status: 200,
  description: 'Server-sent events; each `data` is this object, each `id` a cursor.',
  content: { 'text/event-stream': { schema: openApi(jsonSchemaOf(watchEventSchema)) } },
};

@ApiTags('discovery')
@Controller()
export class DiscoveryController {
  constructor(
    private readonly roster: Roster,
    private readonly watchers: Watchers,
  ) {}

  @Get(registryPaths.nodes)
  @ApiOperation({ summary: 'Announced media nodes' })
  @ApiQuery({ name: 'region', required: false, description: 'only nodes of this region' })
  @ApiQuery({
    name: 'live',
    required: false,
    enum: ['true', 'false'],
    description: 'true: only nodes that take new work',
  })
  @ApiResponse(discoveryAnswer)
  nodes(@Query('region') region?: string, @Query('live') live?: string) {
    return this.list('node', region, live);
  }

  @Get(registryPaths.orchestrators)
  @ApiOperation({ summary: 'Announced orchestrators; media nodes admit their TLS keys' })
  @ApiQuery({ name: 'region', required: false })
  @ApiQuery({ name: 'live', required: false, enum: ['true', 'false'] })
  @ApiResponse(discoveryAnswer)
  orchestrators(@Query('region') region?: string, @Query('live') live?: string) {
    return this.list('orchestrator', region, live);
  }

  @Get(registryPaths.watchNodes)
  @ApiOperation({ summary: 'Changes of media nodes as they happen' })
  @ApiQuery({ name: 'cursor', required: false, description: 'resume after this event' })
  @ApiHeader({ name: 'last-event-id', required: false, description: 'the same, as browsers send it' })
  @ApiResponse(watchAnswer)
  watchNodes(@Req() request: IncomingMessage, @Res() response: ServerResponse, @Query('cursor') cursor?: string) {
    this.watch('node', request, response, cursor);
  }

  @Get(registryPaths.watchOrchestrators)
  @ApiOperation({ summary: 'Changes of orchestrators as they happen' })
  @ApiQuery({ name: 'cursor', required: false })
  @ApiHeader({ name: 'last-event-id', required: false })
  @ApiResponse(watchAnswer)
  watchOrchestrators(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Query('cursor') cursor?: string,
  ) {
    this.watch('orchestrator', request, response, cursor);
  }

  private list(kind: ServedKind, region: unknown, live: unknown) {
    if (live !== undefined && live !== 'true' && live !== 'false') {
      throw new ChroomError('INVALID_ARGUMENT', 'The query value live must be true or false.');
    }
    if (region !== undefined && typeof region !== 'string') {
      throw new ChroomError('INVALID_ARGUMENT', 'The query value region must appear once.');
    }
    const log = this.roster.changes(kind);
    const isWanted = (member: AnnouncedMember) =>
      (region === undefined || member.region === region) &&
      (live === undefined || isOffered(member.state) === (live === 'true'));
    return encodeWire(discoverySchema, {
      cursor: log.cursorAt(log.newestNumber),
      members: this.roster.list(kind).filter(isWanted),
    });
  }

  private watch(kind: ServedKind, request: IncomingMessage, response: ServerResponse, query: unknown): void {
    const header = request.headers['last-event-id'];
    const cursor = typeof query === 'string' ? query : typeof header === 'string' ? header : '';
    this.watchers.open(kind, response, cursor);
  }
}
