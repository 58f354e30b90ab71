import type { StatementNodes } from '@chroom/protocol/proofs';
import type { DataSource } from 'typeorm';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { explainFee } from './deductions.js';
import { batchSums, claimsByNode, type NodeSum } from './statement-rows.js';

/** A year of hourly batches of ten nodes. */
const batchesSummed = 100_000;

/** What each node of the operator has earned. */
export class ReadEarnings {
  constructor(
    private readonly database: DataSource,
    private readonly chain: SettlementChain,
    private readonly nodeIds: readonly bigint[],
    private readonly confirmations: bigint,
  ) {}

  async nodes(): Promise<StatementNodes> {
    const [sums, claims] = await Promise.all([batchSums(this.database, batchesSummed), claimsByNode(this.database)]);
    const ids = new Set([...this.nodeIds.map(String), ...sums.map((sum) => sum.node_id)]);
    const items = await Promise.all(
      [...ids].map(async (nodeId) => ({
        ...(await this.sum(
          nodeId,
          sums.filter((sum) => sum.node_id === nodeId),
        )),
        claims: claims.get(nodeId) ?? 0,
        accrued: await this.accrued(nodeId),
      })),
    );
    return { items };
  }

  private async sum(nodeId: string, sums: readonly NodeSum[]) {
    const batches: Record<string, number> = {};
    const total = { leaves: 0, volume: 0n, pending: 0n, settled: 0n, fee: 0n, newestEpoch: 0 };
    for (const { epoch, stage, value, volume, leaves } of sums) {
      batches[stage] = (batches[stage] ?? 0) + 1;
      total.leaves += leaves;
      total.volume += BigInt(volume);
      total.newestEpoch = Math.max(total.newestEpoch, Number(epoch));
      if (stage === 'settled') {
        total.settled += BigInt(value);
        total.fee += explainFee(BigInt(value), (await this.chain.rulesAt(Number(epoch))).feeBps).fee;
      } else if (stage !== 'released' && stage !== 'dead') total.pending += BigInt(value);
    }
    return {
      ...{ nodeId, batches, leaves: total.leaves, newestEpoch: total.newestEpoch, volume: `${total.volume}` },
      ...{ pending: `${total.pending}`, settled: `${total.settled}`, fee: `${total.fee}` },
      earned: `${total.settled - total.fee}`,
    };
  }

  private async accrued(nodeId: string): Promise<string | null> {
    try {
      const { number } = await this.chain.head();
      const confirmed = number > this.confirmations ? number - this.confirmations : 0n;
      return `${await this.chain.accrued(BigInt(nodeId), confirmed)}`;
    } catch {
      return null; // the chain is away; the rest of the statement is not
    }
  }
}
