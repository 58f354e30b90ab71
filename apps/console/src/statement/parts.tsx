import type { StatementTransaction } from '@chroom/protocol/proofs';
import type { ReactNode } from 'react';
import { shortHash } from './format';
import type { Live } from './use-live';

/** A stage of a batch or a state of a transaction, in the colour of how far it is. */
export function Stage({ of }: { of: string }) {
  return <span className={`stage ${of}`}>{of}</span>;
}

export function Hash({ of, to }: { of: string; to?: string }) {
  const short = <code title={of}>{shortHash(of)}</code>;
  return to ? <a href={to}>{short}</a> : short;
}

export function TransactionLink({ of: { hash, kind, state } }: { of: StatementTransaction }) {
  return (
    <a className="transaction" href={`/statement/transactions#${hash ?? ''}`} title={hash ?? 'not signed yet'}>
      {kind} <Stage of={state} />
    </a>
  );
}

export function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is known, a word while nothing is, and why the last question failed. */
export function Answer<T>({ live, children }: { live: Live<T>; children: (data: T) => ReactNode }) {
  return (
    <>
      {live.problem && <p className="problem">{live.problem}</p>}
      {live.data === undefined ? !live.problem && <p className="quiet">Loading …</p> : children(live.data)}
    </>
  );
}
