import type { StatementNodes } from '@chroom/protocol/proofs';
import { bytes, tokens } from './format';
import { Answer, Figure } from './parts';
import { useLive } from './use-live';

/** What each node of the operator has earned. */
export function NodesView() {
  const live = useLive<StatementNodes>('nodes');
  return (
    <>
      <h1>Earnings</h1>
      <Answer live={live}>{({ items }) => items.map((node) => <NodeCard key={node.nodeId} node={node} />)}</Answer>
    </>
  );
}

function NodeCard({ node }: { node: StatementNodes['items'][number] }) {
  const count = Object.values(node.batches).reduce((sum, batches) => sum + batches, 0);
  return (
    <section className="card" data-node={node.nodeId}>
      <h2>
        Node {node.nodeId}
        <a href={`/statement/batches?nodeId=${node.nodeId}`}>
          {count} {count === 1 ? 'batch' : 'batches'}
        </a>
      </h2>
      <dl>
        <Figure label="Earned">
          <b className="money">{tokens(node.earned)}</b>
        </Figure>
        <Figure label="Settled value">{tokens(node.settled)}</Figure>
        <Figure label="Network fee">− {tokens(node.fee)}</Figure>
        <Figure label="Pending">{tokens(node.pending)}</Figure>
        <Figure label="Not claimed yet">{node.accrued === null ? 'chain away' : tokens(node.accrued)}</Figure>
        <Figure label="Claims">{node.claims}</Figure>
        <Figure label="Served">{bytes(node.volume)}</Figure>
        <Figure label="Receipts">{node.leaves}</Figure>
      </dl>
    </section>
  );
}
