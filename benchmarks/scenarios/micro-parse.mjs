// What reading one packet costs, beside a bare copy of the bytes that are read.
import { medianOf, runMicro } from './micro.mjs';
import { makeResult, round } from './result.mjs';

export const description =
  'RTP header, extensions and VP8 descriptor of one packet, RTCP of one receiver, beside a copy of the bytes';

/** @param {{quick: boolean, programs: {microParse: string}, cpus: {engine: number}, say: (text: string) => void}} context */
export async function run({ quick, programs, cpus, say }) {
  const { cases, ...settings } = runMicro(programs.microParse, { quick, cpu: cpus.engine, say });
  const copy = medianOf(cases, 'rtp: copy of the header');
  return makeResult('micro/parse', {
    settings,
    cases,
    ratios: {
      header_over_copy: round(medianOf(cases, 'rtp: header') / copy),
      descriptor_over_copy: round(medianOf(cases, 'rtp: header, extensions and VP8') / copy),
      feedback_over_copy: round(medianOf(cases, 'rtcp: transport-wide feedback') / medianOf(cases, 'rtcp: copy of')),
    },
    notes: [
      "ns are of the thread's processor clock",
      'the packet path parses a packet once, however many receivers it has: divide by N for its share of a packet sent',
      'ratios are times the cost of copying the bytes that are parsed, by medians',
    ],
  });
}
