import type { Environment } from '@chroom/protocol';

/** What a command sees of the world. */
export interface CommandContext {
  readonly environment: Environment;
  readonly print: (text: string) => void;
}

/** @returns the exit code. @throws ChroomError for wrong arguments and settings. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;
