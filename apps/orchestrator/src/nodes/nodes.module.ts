import { MemberDirectory } from '@chroom/protocol';
import { Module } from '@nestjs/common';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { MediaNodes } from './media-nodes.port.js';
import { NodeDiscovery } from './node-discovery.js';
import { NodeTransports } from './node-transports.js';
import { PinnedMediaNodes } from './pinned-media-nodes.js';
import { RegistryNodeDiscovery } from './registry-node-discovery.js';

/** The media nodes that the registry shows, and connections to them. `NodeTransports` comes from the process. */
@Module({
  providers: [
    {
      provide: NodeDiscovery,
      inject: [OrchestratorSettings, MemberDirectory],
      useFactory: ({ registryUrl, network }: OrchestratorSettings, directory: MemberDirectory) =>
        new RegistryNodeDiscovery({ registryUrl, chainId: BigInt(network.chainId), directory }),
    },
    {
      provide: MediaNodes,
      inject: [NodeDiscovery, NodeTransports],
      useFactory: (discovery: NodeDiscovery, transports: NodeTransports) => new PinnedMediaNodes(discovery, transports),
    },
  ],
  exports: [MediaNodes, NodeDiscovery],
})
export class NodesModule {}
