import { describe, expect, it } from '@jest/globals';
import { ParticipantInfo } from '@livekit/protocol';
import { DepartedParticipants } from './departed-participants.js';
import { NonceMemory } from './nonce-memory.js';

describe('NonceMemory', () => {
  it('knows a nonce for five minutes, and an empty one never', () => {
    const memory = new NonceMemory();
    const nonce = Uint8Array.of(1, 2, 3);
    expect(memory.isNew(nonce, 0)).toBe(true);
    expect(memory.isNew(nonce, 299_999)).toBe(false);
    expect(memory.isNew(nonce, 300_000)).toBe(true);
    expect([memory.isNew(new Uint8Array(), 0), memory.isNew(new Uint8Array(), 1)]).toEqual([true, true]);
  });

  it('forgets the oldest beyond its bound', () => {
    const memory = new NonceMemory();
    const nonceOf = (index: number) => new Uint8Array(new Uint32Array([index]).buffer);
    for (let index = 0; index < 10_001; index += 1) memory.isNew(nonceOf(index), 0);
    expect(memory.isNew(nonceOf(10_000), 1)).toBe(false);
    expect(memory.isNew(nonceOf(0), 1)).toBe(true);
  });
});

describe('DepartedParticipants', () => {
  it('lists who left in the last two minutes and is not back', () => {
    const departed = new DepartedParticipants();
    departed.add(new ParticipantInfo({ sid: 'PA_old' }), 0);
    departed.add(new ParticipantInfo({ sid: 'PA_gone' }), 100_000);
    departed.add(new ParticipantInfo({ sid: 'PA_back' }), 100_000);
    expect(departed.list(120_001, new Set(['PA_back'])).map(({ sid }) => sid)).toEqual(['PA_gone']);
  });
});
