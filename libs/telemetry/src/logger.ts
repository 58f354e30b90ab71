export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object a line: `time`, `level`, `app`, `message`, then the fields. Never called per packet. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields as well. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly app: string;
  readonly level: LogLevel;
  /** Default: standard error. */
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
}

/** Longer texts are cut: a log line is no place for payloads. */
const TEXT_MAX = 2000;
const CAUSES_MAX = 4;

export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => process.stderr.write(line));
  const nowMs = options.nowMs ?? Date.now;
  const lowest = LOG_LEVELS.indexOf(options.level);

  const loggerWith = (bound: LogFields): Logger => {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (LOG_LEVELS.indexOf(level) < lowest) return;
      const time = new Date(nowMs()).toISOString();
      write(`${JSON.stringify({ time, level, app: options.app, message, ...bound, ...fields }, printable)}\n`);
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => loggerWith({ ...bound, ...fields }),
    };
  };
  return loggerWith({});
}

function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}...` : value;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return value instanceof Error ? describeError(value, 0) : value;
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  const cause = error.cause instanceof Error && depth < CAUSES_MAX ? describeError(error.cause, depth + 1) : undefined;
  return { name: error.name, code, message: error.message, stack: depth === 0 ? error.stack : undefined, cause };
}
