import { encodeWire, jsonSchemaOf, MemberDirectory, memberListViewSchema, registryPaths } from '@chroom/protocol';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { openApi } from '../http/open-api.js';

@ApiTags('discovery')
@Controller(registryPaths.members)
export class MembersController {
  constructor(private readonly directory: MemberDirectory) {}

  @Get()
  @ApiOperation({ summary: 'Members that this registry knows; check them against your own list or the chain' })
  @ApiResponse({ status: 200, schema: openApi(jsonSchemaOf(memberListViewSchema)) })
  members() {
    return encodeWire(memberListViewSchema, { members: [...this.directory.list()] });
  }
}
