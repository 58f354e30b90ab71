import { BatchView } from './batch-view';
import { BatchesView } from './batches-view';
import { NodesView } from './nodes-view';
import { SessionView } from './session-view';
import { TransactionsView } from './transactions-view';

/** /statement, /statement/batches[/KEY], /statement/transactions, /statement/sessions/ID. */
export function StatementPage() {
  const [, , view = '', name = ''] = location.pathname.split('/');
  return (
    <div className="statement">
      <header>
        <strong>Chroom</strong>
        <nav>
          <Tab path="/statement" name="Earnings" isOpen={view === ''} />
          <Tab path="/statement/batches" name="Batches" isOpen={view === 'batches' || view === 'sessions'} />
          <Tab path="/statement/transactions" name="Transactions" isOpen={view === 'transactions'} />
        </nav>
        <a className="quiet" href="/">
          Meeting
        </a>
      </header>
      <main>{viewOf(view, name)}</main>
    </div>
  );
}

function viewOf(view: string, name: string) {
  if (view === 'batches') return name ? <BatchView batchKey={name} /> : <BatchesView />;
  if (view === 'sessions') return <SessionView session={name} />;
  return view === 'transactions' ? <TransactionsView /> : <NodesView />;
}

function Tab({ path, name, isOpen }: { path: string; name: string; isOpen: boolean }) {
  return (
    <a href={path} aria-current={isOpen ? 'page' : undefined}>
      {name}
    </a>
  );
}
