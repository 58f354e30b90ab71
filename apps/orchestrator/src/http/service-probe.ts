/** Whether a service answers, asked every now and then, for the health page. Never throws. */
export class ServiceProbe {
  private problem: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ask: () => Promise<unknown>,
    private readonly describe: (error: unknown) => string,
  ) {}

  start(everyMs: number): void {
    this.timer = setInterval(() => void this.check(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Undefined: the last answer was good. */
  get lastProblem(): string | undefined {
    return this.problem;
  }

  async check(): Promise<void> {
    try {
      await this.ask();
      this.problem = undefined;
    } catch (error) {
      this.problem = this.describe(error);
    }
  }
}
