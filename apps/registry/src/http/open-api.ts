import type { JsonSchema } from '@chroom/protocol';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

type OpenApiSchema = Extract<
  NonNullable<Parameters<typeof import('@nestjs/swagger').ApiBody>[0]>,
  { schema: unknown }
>['schema'];

/** The JSON form of a wire schema where swagger's decorators want one. */
export function openApi(schema: JsonSchema): OpenApiSchema {
  return schema as OpenApiSchema;
}

/** Swagger UI at /docs, the document at /docs-json. */
export function serveOpenApi(app: INestApplication): void {
  const about = new DocumentBuilder()
    .setTitle('Chroom registry')
    .setDescription('Signed announcements in, discovery out. 64-bit numbers are decimal texts.')
    .setVersion('1')
    .build();
  SwaggerModule.setup('docs', app, SwaggerModule.createDocument(app, about), { jsonDocumentUrl: 'docs-json' });
}
