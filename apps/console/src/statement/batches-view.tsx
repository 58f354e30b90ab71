import type { StatementBatches } from '@chroom/protocol/proofs';
import { bytes, slotCount, tokens } from './format';
import { Answer, Hash, Stage, TransactionLink } from './parts';
import { useLive } from './use-live';

const filters = ['nodeId', 'stage', 'cursor'] as const;

/** Newest epoch first; the filters of the address go to the settlement as they are. */
export function BatchesView() {
  const query = new URLSearchParams(location.search);
  const wanted = new URLSearchParams(filters.flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])));
  const live = useLive<StatementBatches>(`batches?${wanted}`);
  return (
    <>
      <h1>Batches {wanted.get('nodeId') && <small>of node {wanted.get('nodeId')}</small>}</h1>
      <Answer live={live}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <p className="quiet">No batch yet: an epoch is sealed after its end.</p>
            ) : (
              <Table items={items} />
            )}
            {nextCursor && <a href={olderThan(wanted, nextCursor)}>Older batches</a>}
          </>
        )}
      </Answer>
    </>
  );
}

function Table({ items }: { items: StatementBatches['items'] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Epoch</th>
          <th>Batch</th>
          <th>Node</th>
          <th>Stage</th>
          <th className="number">Leaves</th>
          <th className="number">Slots</th>
          <th className="number">Served</th>
          <th className="number">Value</th>
          <th className="number">Paid</th>
          <th>On the chain</th>
        </tr>
      </thead>
      <tbody>
        {items.map((batch) => (
          <tr key={batch.key}>
            <td>{batch.epoch}</td>
            <td>
              <Hash of={batch.key} to={`/statement/batches/${batch.key}`} />
            </td>
            <td>{batch.nodeId}</td>
            <td>
              <Stage of={batch.stage} /> {batch.solo && <Stage of="solo" />}
            </td>
            <td className="number">{batch.leaves}</td>
            <td className="number">{slotCount(batch.slots)}/64</td>
            <td className="number">{bytes(batch.volume)}</td>
            <td className="number">{tokens(batch.value)}</td>
            <td className="number">{batch.stage === 'settled' ? tokens(batch.paid) : '–'}</td>
            <td>
              {batch.transactions.map((transaction) => (
                <TransactionLink key={transaction.key} of={transaction} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function olderThan(wanted: URLSearchParams, cursor: string): string {
  const next = new URLSearchParams(wanted);
  next.set('cursor', cursor);
  return `/statement/batches?${next}`;
}
