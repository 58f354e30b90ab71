import type { AddressInfo } from 'node:net';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule } from '../../access/access.module.js';
import { type AccessClaims, AccessTokens } from '../../access/access-tokens.port.js';
import { Clock } from '../../clock/clock.js';
import { OrchestratorHttpAdapter } from '../../http/http-adapter.js';
import { MediaNodes } from '../../nodes/media-nodes.port.js';
import { NodesModule } from '../../nodes/nodes.module.js';
import { OwnershipModule } from '../../ownership/ownership.module.js';
import { RoomOwnership } from '../../ownership/room-ownership.port.js';
import { PlacementModule } from '../../placement/placement.module.js';
import { Placement } from '../../placement/placement.port.js';
import { EarlierSessions } from '../../rooms/earlier-sessions.port.js';
import { LiveRooms } from '../../rooms/live-rooms.port.js';
import { type RoomEvent, RoomEvents, type SessionFact } from '../../rooms/room-events.js';
import { RoomSettings } from '../../rooms/room-settings.js';
import { FakeMediaNode } from '../../rooms/testing/fake-media-node.js';
import {
  FakeAccessTokens,
  FakeEarlierSessions,
  FakeMediaNodes,
  FakeOwnership,
  FakePlacement,
} from '../../rooms/testing/fake-ports.js';
import { ManualTime } from '../../rooms/testing/manual-time.js';
import { Timers } from '../../rooms/timers.js';
import { EarlierSessionsModule } from '../../sessions/earlier-sessions.module.js';
import { SignalSettings } from '../signal-settings.js';
import { SignallingModule } from '../signalling.module.js';
import { type ConnectOptions, SignalClient } from './signal-client.js';

/** Shorter than the pause after which a silent connection is given up. */
const kStepMs = 5000;

const tokens = new FakeAccessTokens();

/** An orchestrator's signalling on a real port, with a fake node and fake parties around it. */
export interface TestOrchestrator {
  readonly url: string;
  readonly node: FakeMediaNode;
  readonly placement: FakePlacement;
  readonly ownership: FakeOwnership;
  readonly earlier: FakeEarlierSessions;
  readonly time: ManualTime;
  readonly rooms: LiveRooms;
  readonly events: RoomEvent[];
  readonly facts: SessionFact[];
  /** Connects and waits for the first message. */
  join(claims: AccessClaims, options?: ConnectOptions): Promise<SignalClient>;
  /** Lets time pass in steps, with a round trip of every client in between, as in life. */
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface TestOrchestratorOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly node?: FakeMediaNode;
  readonly ownership?: FakeOwnership;
}

export async function startTestOrchestrator(options: TestOrchestratorOptions = {}): Promise<TestOrchestrator> {
  const node = options.node ?? new FakeMediaNode();
  const ownership = options.ownership ?? new FakeOwnership();
  const placement = new FakePlacement();
  placement.nodes.push(node);
  const earlier = new FakeEarlierSessions();
  const time = new ManualTime();
  const environment = options.environment ?? {};
  const testing = await Test.createTestingModule({ imports: [clockModule(time), SignallingModule] })
    .overrideModule(AccessModule)
    .useModule(portModule(AccessTokens, tokens))
    .overrideModule(OwnershipModule)
    .useModule(portModule(RoomOwnership, ownership))
    .overrideModule(EarlierSessionsModule)
    .useModule(portModule(EarlierSessions, earlier))
    .overrideModule(NodesModule)
    .useModule(portModule(MediaNodes, new FakeMediaNodes(placement)))
    .overrideModule(PlacementModule)
    .useModule(portModule(Placement, placement))
    .overrideProvider(Timers)
    .useValue(time.asTimers)
    .overrideProvider(RoomSettings)
    .useValue(RoomSettings.fromEnvironment(environment))
    .overrideProvider(SignalSettings)
    .useValue(SignalSettings.fromEnvironment(environment))
    .compile();
  testing.useLogger(false);
  const app = testing.createNestApplication(new OrchestratorHttpAdapter());
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const events: RoomEvent[] = [];
  const facts: SessionFact[] = [];
  const roomEvents = app.get(RoomEvents, { strict: false });
  roomEvents.subscribe((event) => events.push(event));
  roomEvents.subscribeFacts((fact) => facts.push(fact));
  const clients: SignalClient[] = [];
  return {
    url,
    node,
    placement,
    ownership,
    earlier,
    time,
    events,
    facts,
    rooms: app.get(LiveRooms, { strict: false }),
    join: async (claims, connect = {}) => {
      const client = await SignalClient.open(url, FakeAccessTokens.tokenOf(claims), connect);
      clients.push(client);
      return client;
    },
    passTime: async (ms) => {
      await Promise.all(clients.map((client) => client.settle()));
      for (let left = ms; left > 0; left -= kStepMs) {
        time.advance(Math.min(left, kStepMs));
        await Promise.all(clients.map((client) => client.settle()));
      }
    },
    close: async () => {
      for (const client of clients) client.terminate();
      await app.close();
    },
  };
}

function portModule(port: unknown, value: unknown) {
  class PortModule {}
  Module({ providers: [{ provide: port as never, useValue: value }], exports: [port as never] })(PortModule);
  return PortModule;
}

function clockModule(time: ManualTime) {
  class TestClockModule {}
  Global()(TestClockModule);
  Module({ providers: [{ provide: Clock, useValue: time.clock }], exports: [Clock] })(TestClockModule);
  return TestClockModule;
}
