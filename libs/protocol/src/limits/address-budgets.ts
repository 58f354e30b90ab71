import { MessageBudget } from './message-budget.js';

/** Callers that are watched at once; the longest silent one is forgotten first. */
const maxCallers = 10_000;

/** How often one caller (an address, an identity) may knock. */
export class AddressBudgets {
  private readonly budgets = new Map<string, MessageBudget>();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  take(caller: string, nowMs: number): boolean {
    const budget = this.budgets.get(caller) ?? new MessageBudget(this.perSecond, this.burst, nowMs);
    this.budgets.delete(caller);
    this.budgets.set(caller, budget);
    for (const oldest of this.budgets.keys()) {
      if (this.budgets.size <= maxCallers) break;
      this.budgets.delete(oldest);
    }
    return budget.take(nowMs);
  }
}
