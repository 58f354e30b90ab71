import type { JsonSchema } from '@chroom/protocol';
import type { INestApplication } from '@nestjs/common';
import { type ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** The successful answer of a read, in the JSON form of its wire schema. */
export function answerOf(schema: JsonSchema): Parameters<typeof ApiResponse>[0] {
  return { status: 200, schema } as Parameters<typeof ApiResponse>[0];
}

/** Swagger UI at /docs, the document at /docs-json. */
export function serveOpenApi(app: INestApplication): void {
  const about = new DocumentBuilder()
    .setTitle('Chroom settlement')
    .setDescription(
      'Leaves in, leaf files and statements out. Amounts are decimal texts in the smallest unit of the token.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('docs', app, SwaggerModule.createDocument(app, about), { jsonDocumentUrl: 'docs-json' });
}
