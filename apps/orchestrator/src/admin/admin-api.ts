import { applyDecorators, Controller, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiTags } from '@nestjs/swagger';
import { AdminTokenGuard } from './admin-token.guard.js';
import { ErrorView } from './views.js';

/** A controller of the admin API: below /admin/v1, for the holder of the admin token. */
export function AdminController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(`admin/v1/${path}`),
    UseGuards(AdminTokenGuard),
    ApiBearerAuth(),
    ApiTags(tag),
    ApiDefaultResponse({ type: ErrorView, description: 'A refusal' }),
  );
}
