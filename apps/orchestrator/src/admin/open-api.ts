import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Swagger UI at /admin/v1/docs, the document at /admin/v1/openapi.json. */
export function serveOpenApi(app: INestApplication): void {
  const about = new DocumentBuilder()
    .setTitle('Chroom orchestrator: admin API')
    .setDescription('64-bit numbers are decimal texts. Lists are newest first; follow nextCursor for more.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, about);
  SwaggerModule.setup('admin/v1/docs', app, document, { jsonDocumentUrl: 'admin/v1/openapi.json' });
}
