export interface ServerSentEvent {
  /** Last id seen on the stream; empty before the first. */
  readonly id: string;
  readonly data: string;
}

/**
 * Reads a server-sent event stream (HTML standard, section 9.2). Comments show as events with empty data, so that a
 * reader knows the stream lives.
 * @throws Error when one event is larger than `eventMaxBytes`.
 */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  eventMaxBytes: number,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  let data: string[] = [];
  let dataLength = 0;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line.startsWith(':')) yield { id, data: '' };
      else if (line.startsWith('id:')) id = textAfterColon(line);
      else if (line.startsWith('data:')) {
        data.push(textAfterColon(line));
        dataLength += line.length;
      } else if (line === '' && data.length > 0) {
        yield { id, data: data.join('\n') };
        data = [];
        dataLength = 0;
      }
      if (dataLength > eventMaxBytes) throw tooLarge(eventMaxBytes);
    }
    if (rest.length > eventMaxBytes) throw tooLarge(eventMaxBytes);
  }
}

function textAfterColon(line: string): string {
  const value = line.slice(line.indexOf(':') + 1);
  return value.startsWith(' ') ? value.slice(1) : value;
}

function tooLarge(eventMaxBytes: number): Error {
  return new Error(`an event of the stream is larger than ${eventMaxBytes} bytes`);
}
