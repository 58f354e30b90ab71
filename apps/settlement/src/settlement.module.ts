import { LeafFileRequests } from '@chroom/receipts';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SettlementMetrics } from './http/settlement-metrics.js';
import { AcceptLeaves } from './ingest/accept-leaves.js';
import { LeavesController } from './ingest/leaves.controller.js';
import { OperatorAccess, ReaderAccess } from './ingest/operator-access.js';
import { LeafFilesController } from './leaf-files/leaf-files.controller.js';
import { ReadEarnings } from './statement/read-earnings.js';
import { ReadStatement } from './statement/read-statement.js';
import { StatementController } from './statement/statement.controller.js';

export interface SettlementParts {
  readonly database: DataSource;
  readonly acceptLeaves: AcceptLeaves;
  readonly access: OperatorAccess;
  readonly readerAccess: ReaderAccess;
  readonly statement: ReadStatement;
  readonly earnings: ReadEarnings;
  readonly metrics: SettlementMetrics;
  readonly leafFileRequests: LeafFileRequests;
}

@Module({})
class SettlementModule {}

/** The HTTP face over parts that are made before it (they need the database, the chain and the key). */
export function settlementModule(parts: SettlementParts): DynamicModule {
  return {
    module: SettlementModule,
    controllers: [LeavesController, LeafFilesController, StatementController],
    providers: [
      { provide: DataSource, useValue: parts.database },
      { provide: AcceptLeaves, useValue: parts.acceptLeaves },
      { provide: OperatorAccess, useValue: parts.access },
      { provide: ReaderAccess, useValue: parts.readerAccess },
      { provide: ReadStatement, useValue: parts.statement },
      { provide: ReadEarnings, useValue: parts.earnings },
      { provide: SettlementMetrics, useValue: parts.metrics },
      { provide: LeafFileRequests, useValue: parts.leafFileRequests },
    ],
  };
}
