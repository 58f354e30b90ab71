import { MemberDirectory } from '@chroom/protocol';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessModule } from './access/access.module.js';
import { ClockModule } from './clock/clock.module.js';
import { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { NodeTransports } from './nodes/node-transports.js';
import { NodesModule } from './nodes/nodes.module.js';
import { OwnershipModule } from './ownership/ownership.module.js';
import { PlacementModule } from './placement/placement.module.js';

/** What exists before the application and outlives it. */
export interface ProcessParts {
  readonly settings: OrchestratorSettings;
  readonly database: DataSource;
  readonly directory: MemberDirectory;
  readonly transports: NodeTransports;
}

@Module({ imports: [ClockModule, AccessModule, OwnershipModule, NodesModule, PlacementModule] })
class OrchestratorModule {}

/** Hands the parts of the process to every module. */
@Global()
@Module({})
class ProcessModule {}

export function appModule(parts: ProcessParts): DynamicModule {
  const providers = [
    { provide: OrchestratorSettings, useValue: parts.settings },
    { provide: DataSource, useValue: parts.database },
    { provide: MemberDirectory, useValue: parts.directory },
    { provide: NodeTransports, useValue: parts.transports },
  ];
  const process = { module: ProcessModule, providers, exports: providers.map(({ provide }) => provide) };
  return { module: OrchestratorModule, imports: [process] };
}
