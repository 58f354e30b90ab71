import { ChroomError, packedLeafBytes } from '@chroom/protocol';
import type { SettlementClient } from './settlement-client.js';

export interface ForwardedReceipts {
  readonly notWanted: boolean;
  readonly kept: number;
  readonly known: number;
  readonly refused: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/** Told about the leaves of each delivery that are for this node and of the caller. */
export interface DeliveryObserver {
  /** Settlement has them. */
  signed(orchId: bigint, leaves: readonly Uint8Array[]): void;
  /** Settlement could not take them, for reasons of its own. */
  untaken(orchId: bigint, leaves: readonly Uint8Array[]): void;
}

/** Of one call; 179 kB. */
export const receiptsPerCallMax = 500;
/** Deliveries that may wait for settlement at one time; each orchestrator has one under way. */
const underwayMax = 32;
/** In the packed leaf: sessionId 32, nodeId 8, orchId 8. */
const nodeIdAt = 32;
const orchIdAt = 40;

/**
 * Receipts that orchestrators have signed, on their way to this node's operator. Settlement judges them; here only
 * what is not for this node, or not of the caller, is kept away from it. Keeps nothing itself.
 */
export class ForwardReceipts {
  private readonly underway = new Set<bigint>();
  readonly counts = { kept: 0, known: 0, refused: 0, unwanted: 0, failed: 0 };

  constructor(
    private readonly nodeId: bigint,
    /** Undefined: nobody wants them. */
    private readonly settlement: SettlementClient | undefined,
    private readonly observer?: DeliveryObserver | undefined,
  ) {}

  /** @throws ChroomError INVALID_ARGUMENT, PAYLOAD_TOO_LARGE, LIMIT_EXCEEDED, SETTLEMENT_UNAVAILABLE */
  async forward(orchId: bigint, packed: Uint8Array): Promise<ForwardedReceipts> {
    const leaves = cut(packed);
    if (!this.settlement) {
      this.counts.unwanted += leaves.length;
      return { notWanted: true, kept: 0, known: 0, refused: [] };
    }
    if (this.underway.has(orchId) || this.underway.size >= underwayMax) {
      throw new ChroomError(
        'LIMIT_EXCEEDED',
        'leaves: a delivery of this orchestrator is under way; wait for its end.',
      );
    }
    this.underway.add(orchId);
    try {
      return await this.deliver(this.settlement, orchId, leaves);
    } catch (error) {
      this.counts.failed += 1;
      this.observer?.untaken(
        orchId,
        leaves.filter((leaf) => misdirected(leaf, this.nodeId, orchId) === undefined),
      );
      throw error;
    } finally {
      this.underway.delete(orchId);
    }
  }

  private async deliver(
    settlement: SettlementClient,
    orchId: bigint,
    leaves: readonly Uint8Array[],
  ): Promise<ForwardedReceipts> {
    const wrong = leaves.map((leaf) => misdirected(leaf, this.nodeId, orchId));
    /** Positions in the request of what settlement gets. */
    const sent = leaves.flatMap((_, index) => (wrong[index] === undefined ? [index] : []));
    const refused = wrong.flatMap((refusal, index) => (refusal ? [{ index, ...refusal }] : []));
    const answer =
      sent.length === 0
        ? { kept: 0, known: 0, refused: [] }
        : await settlement.deliver(Buffer.concat(sent.map((index) => leaves[index]!)));
    for (const { index, code, message } of answer.refused) {
      const position = sent[index];
      if (position !== undefined) refused.push({ index: position, code, message });
    }
    const isRefused = new Set(refused.map(({ index }) => index));
    this.observer?.signed(
      orchId,
      leaves.filter((_, index) => !isRefused.has(index)),
    );
    this.counts.kept += answer.kept;
    this.counts.known += answer.known;
    this.counts.refused += refused.length;
    return { notWanted: false, kept: answer.kept, known: answer.known, refused };
  }
}

function cut(packed: Uint8Array): Uint8Array[] {
  const count = packed.length / packedLeafBytes;
  if (!Number.isInteger(count) || count === 0) {
    const message = `leaves: expected packed leaves of ${packedLeafBytes} bytes, got ${packed.length} bytes.`;
    throw new ChroomError('INVALID_ARGUMENT', message);
  }
  if (count > receiptsPerCallMax) {
    throw new ChroomError('PAYLOAD_TOO_LARGE', `leaves: expected at most ${receiptsPerCallMax}, got ${count}.`);
  }
  return Array.from({ length: count }, (_, index) =>
    packed.subarray(index * packedLeafBytes, (index + 1) * packedLeafBytes),
  );
}

function misdirected(
  leaf: Uint8Array,
  nodeId: bigint,
  orchId: bigint,
): { readonly code: string; readonly message: string } | undefined {
  const view = new DataView(leaf.buffer, leaf.byteOffset, leaf.byteLength);
  const [node, orch] = [view.getBigUint64(nodeIdAt), view.getBigUint64(orchIdAt)];
  if (node !== nodeId) return { code: 'Node', message: `expected a grant for node ${nodeId}, got one for ${node}` };
  if (orch === orchId) return undefined;
  return { code: 'Orch', message: `expected a grant of the caller, orchestrator ${orchId}, got one of ${orch}` };
}
