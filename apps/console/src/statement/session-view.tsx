import type { StatementSession } from '@chroom/protocol/proofs';
import { bytes } from './format';
import { Answer, Hash, Stage } from './parts';
import { useLive } from './use-live';

/** From a session to the batches that hold its receipts. */
export function SessionView({ session }: { session: string }) {
  const live = useLive<StatementSession>(`sessions/${session}`);
  return (
    <>
      <h1>
        Session <Hash of={session} />
      </h1>
      <Answer live={live}>
        {({ items }) =>
          items.length === 0 ? <p className="quiet">No receipt of it is kept.</p> : <Receipts of={items} />
        }
      </Answer>
    </>
  );
}

function Receipts({ of: receipts }: { of: StatementSession['items'] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Epoch</th>
          <th>Grant</th>
          <th>Node</th>
          <th className="number">Receipt</th>
          <th className="number">Received</th>
          <th className="number">Sent</th>
          <th>Batch</th>
        </tr>
      </thead>
      <tbody>
        {receipts.map((receipt) => (
          <tr key={`${receipt.grant} ${receipt.epoch}`}>
            <td>{receipt.epoch}</td>
            <td>
              <Hash of={receipt.grant} />
            </td>
            <td>{receipt.nodeId}</td>
            <td className="number">{receipt.seq}</td>
            <td className="number">{bytes(receipt.rxBytes)}</td>
            <td className="number">{bytes(receipt.txBytes)}</td>
            <td>
              {receipt.batchKey && receipt.stage ? (
                <>
                  <Hash of={receipt.batchKey} to={`/statement/batches/${receipt.batchKey}`} />{' '}
                  <Stage of={receipt.stage} />
                </>
              ) : (
                <span className="quiet">the epoch is not sealed yet</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
