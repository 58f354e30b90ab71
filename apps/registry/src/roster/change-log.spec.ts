import { memberId } from '@chroom/protocol';
import { describe, expect, it } from '@jest/globals';
import { ChangeLog } from './change-log.js';

describe('ChangeLog', () => {
  it('gives changes in order from a place on', () => {
    const log = new ChangeLog(4);
    for (const id of [1, 2, 3]) log.append(memberId(id));
    expect([log.after(0), log.after(1), log.after(2), log.after(3)]).toEqual([
      { number: 1, id: 1n },
      { number: 2, id: 2n },
      { number: 3, id: 3n },
      undefined,
    ]);
  });

  it('resumes at its own cursors while their changes are kept', () => {
    const log = new ChangeLog(2);
    const cursor = log.cursorAt(0);
    log.append(memberId(1));
    log.append(memberId(2));
    expect(log.resume(cursor)).toBe(0);
    log.append(memberId(3));
    expect(log.resume(cursor)).toBeUndefined();
    expect(log.resume(log.cursorAt(3))).toBe(3);
  });

  it('resumes at no cursor of another process, of the future, or that is none', () => {
    const log = new ChangeLog(2);
    for (const cursor of [new ChangeLog(2).cursorAt(0), log.cursorAt(7), '', 'x', `${log.cursorAt(0)}0x`, '-1']) {
      expect(log.resume(cursor)).toBeUndefined();
    }
  });
});
