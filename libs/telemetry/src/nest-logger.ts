import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Lets NestJS write its few lines through our logger; its start-up chatter goes to debug. */
export function nestLogger(logger: Logger): LoggerService {
  const text = (message: unknown) => (message instanceof Error ? message.message : String(message));
  const context = (rest: readonly unknown[]) => ({ context: rest.at(-1) });
  return {
    log: (message: unknown, ...rest: unknown[]) => logger.debug(text(message), context(rest)),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug(text(message), context(rest)),
    verbose: (message: unknown, ...rest: unknown[]) => logger.debug(text(message), context(rest)),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(text(message), context(rest)),
    error: (message: unknown, ...rest: unknown[]) =>
      logger.error(text(message), { ...context(rest), error: message instanceof Error ? message : rest[0] }),
    fatal: (message: unknown, ...rest: unknown[]) => logger.error(text(message), context(rest)),
  };
}
