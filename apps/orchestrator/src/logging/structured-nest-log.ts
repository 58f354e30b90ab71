import type { Logger } from '@chroom/telemetry';
import type { LoggerService } from '@nestjs/common';

/** What Nest itself says while it starts is of no interest to operators. */
const kNestContexts = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'WebSocketsController',
]);

/**
 * Lets classes log through Nest's `Logger` with fields: `log.warn({ message: 'node lost', nodeId })` becomes one line
 * of the process log.
 */
export function structuredNestLog(logger: Logger): LoggerService {
  const write = (level: 'debug' | 'info' | 'warn' | 'error', message: unknown, rest: readonly unknown[]) => {
    const context = rest.at(-1);
    const fields = fieldsOf(message);
    if (level === 'info' && typeof context === 'string' && kNestContexts.has(context)) return;
    logger[level](fields.text, { context, ...fields.others });
  };
  return {
    log: (message: unknown, ...rest: unknown[]) => write('info', message, rest),
    debug: (message: unknown, ...rest: unknown[]) => write('debug', message, rest),
    verbose: (message: unknown, ...rest: unknown[]) => write('debug', message, rest),
    warn: (message: unknown, ...rest: unknown[]) => write('warn', message, rest),
    error: (message: unknown, ...rest: unknown[]) => write('error', message, rest),
    fatal: (message: unknown, ...rest: unknown[]) => write('error', message, rest),
  };
}

function fieldsOf(message: unknown): { readonly text: string; readonly others: Record<string, unknown> } {
  if (message instanceof Error) return { text: message.message, others: { error: message } };
  if (typeof message !== 'object' || message === null) return { text: String(message), others: {} };
  const { message: text, ...others } = message as Record<string, unknown>;
  return { text: String(text ?? 'event'), others };
}
