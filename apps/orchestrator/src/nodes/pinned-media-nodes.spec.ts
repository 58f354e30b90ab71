import { createTlsIdentity, type Hex, PinnedServer, type TlsIdentity } from '@chroom/protocol';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PinnedNodeTransports } from './node-transports.js';
import { PinnedMediaNodes } from './pinned-media-nodes.js';
import { deferred } from './testing/deferred.js';
import { FakeDiscovery } from './testing/fake-discovery.js';
import { FakeNode } from './testing/fake-node.js';

/** A fake node's control API behind the real mutual TLS. */
describe('PinnedMediaNodes over mutual TLS', () => {
  let ours: TlsIdentity;
  let theirs: TlsIdentity;
  let fake: FakeNode;
  let server: PinnedServer;
  let controlUrl: string;
  let discovery: FakeDiscovery;
  let nodes: PinnedMediaNodes;
  let known: Set<Hex>;

  beforeAll(async () => {
    [ours, theirs] = await Promise.all([createTlsIdentity(), createTlsIdentity()]);
  });
  beforeEach(async () => {
    fake = new FakeNode(5n);
    known = new Set([ours.spkiSha256]);
    server = new PinnedServer({
      identity: theirs,
      peers: { lookUp: (spki) => (known.has(spki) ? { memberId: 1n } : undefined) },
      handler: connectNodeAdapter({ routes: (router) => fake.serve(router) }),
    });
    controlUrl = `https://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
    discovery = new FakeDiscovery([fake]);
    discovery.change(5n, { controlUrl, tlsSpkiSha256: theirs.spkiSha256 });
    nodes = new PinnedMediaNodes(discovery, new PinnedNodeTransports(ours));
    nodes.onModuleInit();
  });
  afterEach(async () => {
    nodes.onApplicationShutdown();
    await server.close();
  });

  it('calls the node and receives the events of a room', async () => {
    const node = await nodes.get(5n);
    const seen = deferred<bigint>();
    node.watchRoom('RM_a', {
      onEvent: (event) => seen.resolve(event.number),
      onNodeLost: () => undefined,
      onEventsLost: () => undefined,
    });
    const number = fake.emit('RM_a');
    expect(await seen.promise).toBe(number);
    expect(await nodes.get(5n)).toBe(node);
  });

  it('refuses a node that presents another key than the announced one', async () => {
    discovery.change(5n, { tlsSpkiSha256: ours.spkiSha256 });
    await expect(nodes.get(5n)).rejects.toMatchObject({ code: 'TLS_KEY_MISMATCH' });
  });

  it('is refused by a node that does not know our key', async () => {
    known.clear();
    await expect(nodes.get(5n)).rejects.toMatchObject({ code: 'TLS_KEY_MISMATCH' });
  });

  it('follows a node to a new address', async () => {
    const node = await nodes.get(5n);
    await node.control.renewLease({ leaseIds: [] });
    const moved = new PinnedServer({
      identity: theirs,
      peers: { lookUp: () => ({ memberId: 1n }) },
      handler: connectNodeAdapter({ routes: (router) => fake.serve(router) }),
    });
    const url = `https://127.0.0.1:${await moved.listen(0, '127.0.0.1')}`;
    await server.close();
    discovery.change(5n, { controlUrl: url });
    await node.control.renewLease({ leaseIds: [] });
    expect(fake.renewals).toBe(2);
    await moved.close();
  });

  it('says which node is unknown, and which does not answer', async () => {
    await expect(nodes.get(6n)).rejects.toMatchObject({ code: 'NODE_UNKNOWN' });
    discovery.change(5n, { controlUrl: 'https://127.0.0.1:9' });
    await expect(nodes.get(5n)).rejects.toMatchObject({
      code: 'NODE_UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:9'),
    });
  });
});
