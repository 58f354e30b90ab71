import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SettlementMetrics } from './http/settlement-metrics.js';
import { AcceptLeaves } from './ingest/accept-leaves.js';
import { LeavesController } from './ingest/leaves.controller.js';
import { OperatorAccess } from './ingest/operator-access.js';
import { LeafFilesController } from './leaf-files/leaf-files.controller.js';

export interface SettlementParts {
  readonly database: DataSource;
  readonly acceptLeaves: AcceptLeaves;
  readonly access: OperatorAccess;
  readonly metrics: SettlementMetrics;
}

@Module({})
class SettlementModule {}

/** The HTTP face over parts that are made before it (they need the database, the chain and the key). */
export function settlementModule(parts: SettlementParts): DynamicModule {
  return {
    module: SettlementModule,
    controllers: [LeavesController, LeafFilesController],
    providers: [
      { provide: DataSource, useValue: parts.database },
      { provide: AcceptLeaves, useValue: parts.acceptLeaves },
      { provide: OperatorAccess, useValue: parts.access },
      { provide: SettlementMetrics, useValue: parts.metrics },
    ],
  };
}
