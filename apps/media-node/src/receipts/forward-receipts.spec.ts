import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LeafDelivery } from '@chroom/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ForwardReceipts } from './forward-receipts.js';
import { HttpSettlementClient, SettlementClient } from './settlement-client.js';

const nodeId = 7n;
const orchId = 2n;

function leaf(mark: number, node = nodeId, orch = orchId): Buffer {
  const bytes = Buffer.alloc(358, mark);
  bytes.writeBigUInt64BE(node, 32);
  bytes.writeBigUInt64BE(orch, 40);
  return bytes;
}

/** Keeps all but the leaves of that mark. */
class FakeSettlement extends SettlementClient {
  readonly got: number[] = [];
  refusedMark = 0;
  hold: Promise<void> = Promise.resolve();

  override async deliver(packed: Uint8Array): Promise<LeafDelivery> {
    await this.hold;
    const marks = Array.from({ length: packed.length / 358 }, (_, index) => packed[index * 358]!);
    this.got.push(...marks);
    const refused = marks.flatMap((mark, index) =>
      mark === this.refusedMark ? [{ index, code: 'EPOCH_SEALED', message: 'sealed' }] : [],
    );
    return { kept: marks.length - refused.length, known: 0, refused };
  }
}

describe('receipts on their way to the operator', () => {
  it('reach settlement, and what it refuses is told by its place in the request', async () => {
    const settlement = new FakeSettlement();
    settlement.refusedMark = 3;
    const forward = new ForwardReceipts(nodeId, settlement);
    const answer = await forward.forward(orchId, Buffer.concat([leaf(1, 8n), leaf(2), leaf(3), leaf(4, nodeId, 9n)]));
    expect(settlement.got).toEqual([2, 3]);
    expect([answer.kept, answer.refused.map(({ index, code }) => `${index} ${code}`).sort()]).toEqual([
      1,
      ['0 Node', '2 EPOCH_SEALED', '3 Orch'],
    ]);
    expect(forward.counts).toMatchObject({ kept: 1, refused: 3 });
  });

  it('stay away from settlement when none of them is for this node', async () => {
    const settlement = new FakeSettlement();
    const answer = await new ForwardReceipts(nodeId, settlement).forward(orchId, leaf(1, 8n));
    expect([settlement.got, answer.refused[0]?.code]).toEqual([[], 'Node']);
  });

  it('are not wanted where no settlement is set', async () => {
    const forward = new ForwardReceipts(nodeId, undefined);
    expect(await forward.forward(orchId, leaf(1))).toMatchObject({ notWanted: true, kept: 0 });
    expect(forward.counts.unwanted).toBe(1);
  });

  it.each([
    ['nothing', 0, 'INVALID_ARGUMENT'],
    ['a leaf that ends early', 357, 'INVALID_ARGUMENT'],
    ['more than a call may hold', 501 * 358, 'PAYLOAD_TOO_LARGE'],
  ])('are refused as %s', async (_, bytes, code) => {
    const forward = new ForwardReceipts(nodeId, new FakeSettlement());
    await expect(forward.forward(orchId, new Uint8Array(bytes))).rejects.toMatchObject({ code });
  });

  it('come one delivery at a time from each orchestrator', async () => {
    const settlement = new FakeSettlement();
    let release = () => {};
    settlement.hold = new Promise((resolve) => {
      release = resolve;
    });
    const forward = new ForwardReceipts(nodeId, settlement);
    const first = forward.forward(orchId, leaf(1));
    await expect(forward.forward(orchId, leaf(2))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const other = forward.forward(9n, leaf(3, nodeId, 9n));
    release();
    expect([(await first).kept, (await other).kept]).toEqual([1, 1]);
    expect((await forward.forward(orchId, leaf(2))).kept).toBe(1);
  });
});

describe('the settlement of the operator', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let authorization: string | undefined;
  const client = () =>
    new HttpSettlementClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token-of-the-spec');

  beforeEach(async () => {
    answer = { status: 200, body: JSON.stringify({ kept: 1, known: 0, refused: [] }) };
    server = createServer((request, response) => {
      authorization = request.headers.authorization;
      request.resume();
      request.on('end', () => response.writeHead(answer.status).end(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('gets the operator token and gives an account', async () => {
    expect(await client().deliver(leaf(1))).toEqual({ kept: 1, known: 0, refused: [] });
    expect(authorization).toBe('Bearer token-of-the-spec');
  });

  it.each([
    ['refuses the token', 401, '{"code":"TOKEN_INVALID"}'],
    ['answers no JSON', 200, 'hello'],
    ['answers another shape', 200, '{"kept":-1}'],
    ['answers without end', 200, 'x'.repeat(1024 * 1024 + 1)],
  ])('is unavailable when it %s', async (_, status, body) => {
    answer = { status, body };
    const delivering = client().deliver(leaf(1));
    await expect(delivering).rejects.toMatchObject({ code: 'SETTLEMENT_UNAVAILABLE' });
    await expect(delivering).rejects.not.toThrow(/token-of-the-spec/);
  });

  it('is unavailable when nothing listens', async () => {
    const gone = new HttpSettlementClient('http://127.0.0.1:9', 'token-of-the-spec');
    await expect(gone.deliver(leaf(1))).rejects.toMatchObject({ code: 'SETTLEMENT_UNAVAILABLE' });
  });
});
