import { ChroomError } from '@chroom/protocol';

/** Largest SDP text that is read; browsers with 50 sections stay under 200 kB. */
export const maxSdpBytes = 512 * 1024;
/** RFC 8843 BUNDLE of a large meeting: more sections than this are a mistake or an attack. */
export const maxSections = 512;
const maxLineBytes = 8192;

/** One m-section as raw lines: the m-line value and its attributes (name and value of `a=name:value`). */
export interface RawSection {
  readonly media: string;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

export interface RawDescription {
  readonly sessionAttributes: readonly Attribute[];
  readonly sections: readonly RawSection[];
}

/** RFC 8866 lines to attributes. Unknown line types are skipped, as the RFC asks. */
export function readSdpLines(text: string): RawDescription {
  if (text.length > maxSdpBytes) throw invalid(`expected at most ${maxSdpBytes} bytes of SDP, got ${text.length}`);
  if (!text.startsWith('v=0')) throw invalid('expected the SDP to begin with "v=0"');
  const sessionAttributes: Attribute[] = [];
  const sections: { media: string; attributes: Attribute[] }[] = [];
  let current = sessionAttributes;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.length > maxLineBytes) throw invalid(`expected lines of at most ${maxLineBytes} bytes`);
    if (line.startsWith('m=')) {
      if (sections.length === maxSections) throw invalid(`expected at most ${maxSections} media sections`);
      const section = { media: line.slice(2), attributes: [] };
      sections.push(section);
      current = section.attributes;
    } else if (line.startsWith('a=')) {
      current.push(toAttribute(line.slice(2)));
    }
  }
  return { sessionAttributes, sections };
}

export function firstValue(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

export function allValues(attributes: readonly Attribute[], name: string): string[] {
  return attributes.filter((attribute) => attribute.name === name).map((attribute) => attribute.value);
}

export function invalid(message: string): ChroomError {
  return new ChroomError('SDP_INVALID', `The session description cannot be used: ${message}.`);
}

function toAttribute(text: string): Attribute {
  const colon = text.indexOf(':');
  return colon < 0 ? { name: text, value: '' } : { name: text.slice(0, colon), value: text.slice(colon + 1) };
}
