import { MemberDirectory } from '@chroom/protocol';
import { JobQueues } from '@chroom/queues';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AdminModule } from './admin/admin.module.js';
import { ClockModule } from './clock/clock.module.js';
import { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { NodeTransports } from './nodes/node-transports.js';
import { ProofNetwork } from './proofs/network/proof-network.port.js';
import { ProofsModule } from './proofs/proofs.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { ServerApiModule } from './server-api/server-api.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SignallingModule } from './signalling/signalling.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** What exists before the application and outlives it. */
export interface ProcessParts {
  readonly settings: OrchestratorSettings;
  readonly database: DataSource;
  readonly directory: MemberDirectory;
  readonly queues: JobQueues;
  readonly transports: NodeTransports;
  readonly proofNetwork: ProofNetwork;
}

@Module({
  imports: [
    ClockModule,
    RoomsModule,
    SignallingModule,
    ServerApiModule,
    SessionsModule,
    ProofsModule,
    WebhooksModule,
    AdminModule,
  ],
})
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
    { provide: JobQueues, useValue: parts.queues },
    { provide: NodeTransports, useValue: parts.transports },
    { provide: ProofNetwork, useValue: parts.proofNetwork },
  ];
  const process = { module: ProcessModule, providers, exports: providers.map(({ provide }) => provide) };
  return { module: OrchestratorModule, imports: [process] };
}
