import {
  type AnnouncedMember,
  AnnouncedMembers,
  type MemberDirectory,
  memberId,
  type WatchStep,
} from '@chroom/protocol';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { NodeDiscovery } from './node-discovery.js';

export interface RegistryNodeDiscoveryOptions {
  readonly registryUrl: string;
  readonly chainId: bigint;
  readonly directory: MemberDirectory;
}

/** Boot waits this long for the first list; without a registry it goes on and the list comes later. */
const kFirstListWaitMs = 2_000;

/** Follows the registry's watch stream of nodes. */
export class RegistryNodeDiscovery extends NodeDiscovery implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('NodeDiscovery');
  private readonly members: AnnouncedMembers;
  private noteFirstList: () => void;
  private readonly firstList = new Promise<void>((resolve) => {
    this.noteFirstList = resolve;
  });

  constructor(options: RegistryNodeDiscoveryOptions) {
    super();
    this.members = new AnnouncedMembers({ ...options, kind: 'node', onStep: (step) => this.note(step) });
  }

  async onModuleInit(): Promise<void> {
    this.members.start();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, kFirstListWaitMs);
    });
    await Promise.race([this.firstList, patience]);
    clearTimeout(timer);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.members.stop();
  }

  override list(): readonly AnnouncedMember[] {
    return this.members.list();
  }

  override find(nodeId: bigint): AnnouncedMember | undefined {
    return this.members.find(memberId(nodeId));
  }

  override onChange(listener: () => void): () => void {
    return this.members.onChange(listener);
  }

  private note(step: WatchStep): void {
    if (step.type === 'ready') {
      this.noteFirstList();
      this.log.log({ message: 'following the registry', nodes: step.members });
    } else if (step.type === 'failed') {
      this.log.warn({ message: 'registry not followed, known nodes stay in use', reason: step.error.message });
    } else {
      this.log.warn({ message: 'node ignored', nodeId: `${step.id}`, reason: step.error.message });
    }
  }
}
