/**
 * Whoever could not deliver receipts comes again after a pause; what is sealed before that never sees them. One object
 * of a process, told by everybody who notices that receipts cannot be taken.
 */
export class LateReceipts {
  private readonly startedSec: number;
  private gapEndSec: number;

  constructor(
    /** The longest pause of an orchestrator, and what its delivery then takes. */
    private readonly graceSec: number,
    private readonly nowSec: () => number,
  ) {
    this.startedSec = this.gapEndSec = nowSec();
  }

  /** Receipts could not be taken just now: the chain or the database is away. */
  noteGap(): void {
    this.gapEndSec = this.nowSec();
  }

  /** @param latestSec so long after gaps are waited out; the one before the start always is, it comes once */
  areAwaited(latestSec: number): boolean {
    const now = this.nowSec();
    return now < this.startedSec + this.graceSec || (now < this.gapEndSec + this.graceSec && now < latestSec);
  }
}
