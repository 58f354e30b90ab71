import type { StatementTransaction } from '@chroom/protocol/proofs';
import { time } from './format';
import { Answer, Hash, Stage } from './parts';
import { useLive } from './use-live';

/** What the operator's account has sent or is about to send, newest first; `#HASH` marks one. */
export function TransactionsView() {
  const live = useLive<{ items: StatementTransaction[] }>('transactions');
  const marked = location.hash.slice(1);
  return (
    <>
      <h1>Transactions</h1>
      <Answer live={live}>
        {({ items }) => (
          <table>
            <thead>
              <tr>
                <th>Created</th>
                <th>Kind</th>
                <th>State</th>
                <th>Transaction</th>
                <th className="number">Nonce</th>
                <th className="number">Block</th>
                <th className="number">Versions</th>
                <th>Batches</th>
                <th>Note</th>
              </tr>
            </thead>
            <tbody>
              {items.map((row) => (
                <tr key={row.key} className={row.hash === marked ? 'marked' : undefined}>
                  <td>{time(row.createdAt)}</td>
                  <td>{row.kind}</td>
                  <td>
                    <Stage of={row.state} />
                  </td>
                  <td>{row.hash ? <Hash of={row.hash} /> : <span className="quiet">not signed yet</span>}</td>
                  <td className="number">{row.nonce ?? '–'}</td>
                  <td className="number">{row.block ?? '–'}</td>
                  <td className="number">{row.versions}</td>
                  <td>
                    {row.batchKeys.map((key) => (
                      <Hash key={key} of={key} to={`/statement/batches/${key}`} />
                    ))}
                  </td>
                  <td className="quiet">{row.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Answer>
    </>
  );
}
