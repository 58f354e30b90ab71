import {
  announcementAcceptedSchema,
  encodeWire,
  errorBodySchema,
  jsonSchemaOf,
  parseWire,
  registryPaths,
  signedAnnouncementSchema,
} from '@chroom/protocol';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { openApi } from '../http/open-api.js';
import { RegistryMetrics } from '../http/registry-metrics.js';
import { AcceptAnnouncement } from './accept-announcement.js';

@ApiTags('members announce themselves')
@Controller(registryPaths.announcements)
export class AnnouncementsController {
  constructor(
    private readonly acceptAnnouncement: AcceptAnnouncement,
    private readonly metrics: RegistryMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Announce a node or orchestrator, signed with its registered key (EIP-712)' })
  @ApiBody({ schema: openApi(jsonSchemaOf(signedAnnouncementSchema)) })
  @ApiResponse({ status: 200, schema: openApi(jsonSchemaOf(announcementAcceptedSchema)) })
  @ApiResponse({
    status: '4XX',
    description: 'ANNOUNCEMENT_*, MEMBER_UNKNOWN, INVALID_ARGUMENT',
    schema: openApi(jsonSchemaOf(errorBodySchema)),
  })
  async announce(@Body() body: unknown) {
    return this.metrics.countAnnouncement(async () => {
      const signed = parseWire(signedAnnouncementSchema, body, 'announcement');
      return encodeWire(announcementAcceptedSchema, await this.acceptAnnouncement.accept(signed));
    });
  }
}
