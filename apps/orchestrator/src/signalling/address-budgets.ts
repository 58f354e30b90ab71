import { MessageBudget } from '@chroom/signalling';

/** Addresses that are watched at once; the longest silent one is forgotten first. */
const maxAddresses = 10_000;

/** How often one address may knock. */
export class AddressBudgets {
  private readonly budgets = new Map<string, MessageBudget>();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  take(address: string, nowMs: number): boolean {
    const budget = this.budgets.get(address) ?? new MessageBudget(this.perSecond, this.burst, nowMs);
    this.budgets.delete(address);
    this.budgets.set(address, budget);
    for (const oldest of this.budgets.keys()) {
      if (this.budgets.size <= maxAddresses) break;
      this.budgets.delete(oldest);
    }
    return budget.take(nowMs);
  }
}
