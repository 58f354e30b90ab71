import { ChroomError, type Hex, jsonSchemaOf } from '@chroom/protocol';
import {
  batchStages,
  statementBatchesSchema,
  statementBatchSchema,
  statementNodesSchema,
  statementPath,
  statementProofSchema,
  statementSessionSchema,
  statementTransactionsSchema,
} from '@chroom/protocol/proofs';
import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { answerOf } from '../http/open-api.js';
import { ReaderAccess } from '../ingest/operator-access.js';
import { ReadEarnings } from './read-earnings.js';
import { ReadStatement } from './read-statement.js';
import { newestTransactions, receiptsOfSession } from './statement-rows.js';

const itemsMax = 200;
const sessionReceiptsMax = 1_000;
const pageSchema = z.strictObject({
  nodeId: z
    .string()
    .regex(/^[1-9][0-9]{0,18}$/)
    .transform(BigInt)
    .optional(),
  stage: z.enum(batchStages).optional(),
  limit: z.coerce.number().int().min(1).max(itemsMax).default(50),
  cursor: z
    .string()
    .regex(/^[0-9]{1,10}-0x[0-9a-f]{64}$/)
    .optional(),
});

/** Read-only: what the operator's nodes served, what it is worth, and where on the chain it is. */
@ApiTags('statement')
@ApiBearerAuth()
@Controller(statementPath)
export class StatementController {
  constructor(
    private readonly access: ReaderAccess,
    private readonly statement: ReadStatement,
    private readonly earnings: ReadEarnings,
    private readonly database: DataSource,
  ) {}

  @Get('nodes')
  @ApiOperation({ summary: 'Earnings by node' })
  @ApiResponse(answerOf(jsonSchemaOf(statementNodesSchema)))
  nodes(@Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    return this.earnings.nodes();
  }

  @Get('batches')
  @ApiOperation({ summary: 'Batches, newest epoch first' })
  @ApiQuery({ name: 'nodeId', required: false })
  @ApiQuery({ name: 'stage', required: false, enum: batchStages })
  @ApiQuery({ name: 'limit', required: false, description: `1 to ${itemsMax}, 50 when it is not given` })
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before' })
  @ApiResponse(answerOf(jsonSchemaOf(statementBatchesSchema)))
  batches(@Query() query: unknown, @Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    return this.statement.batches(parse(pageSchema, query));
  }

  @Get('batches/:key')
  @ApiOperation({ summary: 'A batch with its leaves, and every deduction explained' })
  @ApiParam({ name: 'key', description: '0x and 64 lower-case digits' })
  @ApiResponse(answerOf(jsonSchemaOf(statementBatchSchema)))
  batch(@Param('key') key: string, @Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    return this.statement.batch(asHash(key));
  }

  @Get('batches/:key/leaves/:index')
  @ApiOperation({ summary: 'A leaf with its proof' })
  @ApiResponse(answerOf(jsonSchemaOf(statementProofSchema)))
  proof(@Param('key') key: string, @Param('index') index: string, @Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    return this.statement.proof(asHash(key), parse(z.coerce.number().int().min(0).max(0xffff_ffff), index));
  }

  @Get('sessions/:session')
  @ApiOperation({ summary: 'Receipts of a session that are kept: from a session to its batches' })
  @ApiResponse(answerOf(jsonSchemaOf(statementSessionSchema)))
  async session(@Param('session') text: string, @Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    const session = asHash(text);
    return { session, items: await receiptsOfSession(this.database, session, sessionReceiptsMax) };
  }

  @Get('transactions')
  @ApiOperation({ summary: `The newest ${itemsMax} transactions of the outbox` })
  @ApiResponse(answerOf(jsonSchemaOf(statementTransactionsSchema)))
  async transactions(@Headers('authorization') authorization?: string) {
    this.access.check(authorization);
    return { items: await newestTransactions(this.database, itemsMax) };
  }
}

function asHash(text: string): Hex {
  if (/^0x[0-9a-f]{64}$/.test(text)) return text as Hex;
  throw new ChroomError('INVALID_ARGUMENT', 'expected 0x and 64 lower-case digits');
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ChroomError('INVALID_ARGUMENT', z.prettifyError(parsed.error));
}
