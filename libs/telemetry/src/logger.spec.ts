import { describe, expect, it } from '@jest/globals';
import { createLogger, type LogLevel } from './logger.js';

function recording(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  return { lines, logger: createLogger({ app: 'spec', level, write, nowMs: () => 0 }) };
}

describe('createLogger', () => {
  it('writes one object with time, level, app, message, bound and own fields', () => {
    const { lines, logger } = recording('info');
    logger.with({ room: 'RM_1' }).info('joined', { bytes: 12n });
    expect(lines).toEqual([
      { time: '1970-01-01T00:00:00.000Z', level: 'info', app: 'spec', message: 'joined', room: 'RM_1', bytes: '12' },
    ]);
  });

  it('leaves out lines below its level', () => {
    const { lines, logger } = recording('warn');
    logger.info('quiet');
    logger.error('loud');
    expect(lines.map((line) => line.message)).toEqual(['loud']);
  });

  it('shows code and cause of an error, and never payload bytes', () => {
    const { lines, logger } = recording('debug');
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'TRACK_UNKNOWN' });
    logger.error('failed', { error, packet: new Uint8Array(5) });
    expect(lines[0]).toMatchObject({
      error: { code: 'TRACK_UNKNOWN', message: 'outer', cause: { message: 'inner' } },
      packet: '5 bytes',
    });
  });

  it('cuts texts that are too long', () => {
    const { lines, logger } = recording('info');
    logger.info('x'.repeat(5000));
    expect(String(lines[0]?.message)).toHaveLength(2003);
  });
});
