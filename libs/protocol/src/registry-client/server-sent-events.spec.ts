import { describe, expect, it } from '@jest/globals';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

async function read(...chunks: string[]): Promise<ServerSentEvent[]> {
  async function* bytes() {
    for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(bytes(), 64)) events.push(event);
  return events;
}

describe('readServerSentEvents', () => {
  it('joins what chunks cut anywhere, with both line ends', async () => {
    expect(await read('id: 1\nda', 'ta: {"a":', '1}\r\n\r', '\nid: 2\ndata:b\n\n')).toEqual([
      { id: '1', data: '{"a":1}' },
      { id: '2', data: 'b' },
    ]);
  });

  it('joins several data lines, shows comments, and drops an event without end', async () => {
    expect(await read('data: a\ndata: b\n\n:\n\ndata: cut')).toEqual([
      { id: '', data: 'a\nb' },
      { id: '', data: '' },
    ]);
  });

  it('refuses an event that is too large, in one line or in many', async () => {
    await expect(read(`data: ${'x'.repeat(100)}`)).rejects.toThrow('larger than 64 bytes');
    await expect(read('data: 0123456789\n'.repeat(8))).rejects.toThrow('larger than 64 bytes');
  });
});
