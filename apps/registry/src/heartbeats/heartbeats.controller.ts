import {
  errorBodySchema,
  heartbeatAcceptedSchema,
  heartbeatSchema,
  jsonSchemaOf,
  parseWire,
  registryPaths,
} from '@chroom/protocol';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { openApi } from '../http/open-api.js';
import { RegistryMetrics } from '../http/registry-metrics.js';
import { Roster } from '../roster/roster.js';

@ApiTags('members announce themselves')
@Controller(registryPaths.heartbeats)
export class HeartbeatsController {
  constructor(
    private readonly roster: Roster,
    private readonly metrics: RegistryMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Load and health of an announced member, once a second, under its session secret' })
  @ApiBody({ schema: openApi(jsonSchemaOf(heartbeatSchema)) })
  @ApiResponse({ status: 200, schema: openApi(jsonSchemaOf(heartbeatAcceptedSchema)) })
  @ApiResponse({
    status: '4XX',
    description: 'HEARTBEAT_REJECTED: announce again',
    schema: openApi(jsonSchemaOf(errorBodySchema)),
  })
  beat(@Body() body: unknown) {
    return this.metrics.countHeartbeat(() => ({
      state: this.roster.heartbeat(parseWire(heartbeatSchema, body, 'heartbeat')),
    }));
  }
}
