import type { StatementBatch, StatementDeduction, StatementLeaf } from '@chroom/protocol/proofs';
import { bytes, slotCount, time, tokens } from './format';
import { Answer, Figure, Hash, Stage, TransactionLink } from './parts';
import { useLive } from './use-live';

/** A batch with its leaves; from here to the sessions above it and to the transactions below. */
export function BatchView({ batchKey }: { batchKey: string }) {
  const live = useLive<StatementBatch>(`batches/${batchKey}`);
  return <Answer live={live}>{(batch) => <Batch batch={batch} />}</Answer>;
}

function Batch({ batch }: { batch: StatementBatch }) {
  return (
    <>
      <h1>
        Epoch {batch.epoch}{' '}
        <small>
          node {batch.nodeId}, orchestrator {batch.orchId}
        </small>{' '}
        <Stage of={batch.stage} />
        {batch.solo && <Stage of="solo" />}
      </h1>
      {batch.note && <p className="quiet">{batch.note}</p>}
      <section className="card">
        <dl>
          <Figure label={batch.stage === 'settled' ? 'Paid' : 'To be paid'}>
            <b className="money">{tokens(batch.paid)}</b>
          </Figure>
          <Figure label="Value">{tokens(batch.value)}</Figure>
          <Figure label="Network fee">
            <Deductions of={batch.deductions} />
          </Figure>
          <Figure label="Served">{bytes(batch.volume)}</Figure>
          <Figure label="Slots">{slotCount(batch.slots)} of 64</Figure>
          <Figure label="Sealed">{time(batch.sealedAt)}</Figure>
          <Figure label="On the chain">
            {batch.transactions.map((transaction) => (
              <TransactionLink key={transaction.key} of={transaction} />
            ))}
          </Figure>
        </dl>
        <dl>
          <Figure label="Key">
            <Hash of={batch.key} />
          </Figure>
          <Figure label="Header hash">
            <Hash of={batch.headerHash} />
          </Figure>
          <Figure label="Root">
            <Hash of={batch.header.root} />
          </Figure>
          <Figure label="Leaf file">
            <Hash of={batch.header.data} />
          </Figure>
        </dl>
      </section>
      <h2>Leaves</h2>
      {batch.leafDetails ? (
        <Leaves of={batch.leafDetails} />
      ) : (
        <p className="quiet">Kept until a day after the settlement.</p>
      )}
    </>
  );
}

function Leaves({ of: leaves }: { of: readonly StatementLeaf[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Leaf</th>
          <th>Session</th>
          <th>Grant</th>
          <th>Witness</th>
          <th className="number">Received</th>
          <th className="number">Sent</th>
          <th className="number">Loss</th>
          <th className="number">Jitter</th>
          <th className="number">Value</th>
          <th>Deductions</th>
        </tr>
      </thead>
      <tbody>
        {leaves.map((leaf) => (
          <tr key={leaf.grant}>
            <td>{leaf.index}</td>
            <td>
              <Hash of={leaf.session} to={`/statement/sessions/${leaf.session}`} />
            </td>
            <td>
              <Hash of={leaf.grant} />
            </td>
            <td>{leaf.witness}</td>
            <td className="number">{bytes(leaf.rxBytes)}</td>
            <td className="number">{bytes(leaf.txBytes)}</td>
            <td className="number">{(leaf.lossPpm / 10_000).toFixed(2)} %</td>
            <td className="number">{(leaf.jitterUs / 1000).toFixed(1)} ms</td>
            <td className="number">{tokens(leaf.value)}</td>
            <td>
              <Deductions of={leaf.deductions} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Deductions({ of: deductions }: { of: readonly StatementDeduction[] }) {
  if (deductions.length === 0) return <span className="quiet">none</span>;
  return deductions.map(({ reason, amount, explanation }) => (
    <div key={reason} className="deduction" title={explanation}>
      − {tokens(amount)} {reason}
      <small>{explanation}</small>
    </div>
  ));
}
