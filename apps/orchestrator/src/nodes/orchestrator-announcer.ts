import { type AnnouncerStep, type Hex, MemberAnnouncer, memberId, noCapacity, noLoad } from '@chroom/protocol';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

export interface OrchestratorAnnouncerOptions {
  readonly registryUrl: string;
  readonly chainId: bigint;
  /** As that of MemberAnnouncer. */
  readonly signerKey: () => Hex;
  readonly orchestratorId: bigint;
  /** Where clients connect. */
  readonly publicUrl: string;
  readonly region: string;
  readonly softwareVersion: string;
  readonly tlsSpkiSha256: Hex;
}

/** Keeps this orchestrator announced, so that nodes know its TLS key and answer it. */
export class OrchestratorAnnouncer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Announcer');
  private readonly announcer: MemberAnnouncer;

  constructor(options: OrchestratorAnnouncerOptions) {
    const description = {
      kind: 'orchestrator' as const,
      id: memberId(options.orchestratorId),
      controlUrl: options.publicUrl,
      endpoints: [],
      region: options.region,
      capacity: noCapacity,
      softwareVersion: options.softwareVersion,
      tlsSpkiSha256: options.tlsSpkiSha256,
    };
    this.announcer = new MemberAnnouncer({
      registryUrl: options.registryUrl,
      chainId: options.chainId,
      signerKey: options.signerKey,
      describe: () => description,
      health: () => 'ok',
      load: () => noLoad,
      onStep: (step) => this.note(step),
    });
  }

  onApplicationBootstrap(): void {
    this.announcer.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.announcer.stop();
  }

  private note(step: AnnouncerStep): void {
    if (step.type === 'announced') this.log.log({ message: 'announced', sequence: `${step.sequence}` });
    else this.log.warn({ message: 'not announced, trying on', reason: step.error.message });
  }
}
