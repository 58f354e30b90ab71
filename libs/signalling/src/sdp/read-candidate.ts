import { ChroomError } from '@chroom/protocol';

/** Longest candidate line with every extension that clients send is about 300 characters. */
const maxCandidateChars = 4096;
/** RFC 8839 section 5.1: foundation, component, transport, priority, address, port, type; extensions follow. */
const candidateLine = /^(?:a=)?candidate:\S{1,32} \d{1,3} \S+ \d{1,10} \S+ \d{1,5} typ \S+/i;

/**
 * Checks one trickled candidate: an RTCIceCandidateInit in JSON; an empty candidate ends the list. What it says is not
 * used, because an ICE-lite side learns addresses from connectivity checks alone.
 * @throws ChroomError INVALID_ARGUMENT.
 */
export function checkCandidate(candidateInit: string): void {
  if (candidateInit === '') return;
  if (candidateInit.length > maxCandidateChars) throw refusal(`${candidateInit.length} characters`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(candidateInit);
  } catch {
    throw refusal('text that is not JSON');
  }
  // null is what an absent candidate is written as at the end of gathering.
  if (parsed === null) return;
  const { candidate } = parsed as { candidate?: unknown };
  if (candidate === undefined || candidate === '') return;
  if (typeof candidate !== 'string') throw refusal(`a candidate that is of type ${typeof candidate}`);
  if (!candidateLine.test(candidate)) throw refusal('a candidate in another form');
}

function refusal(got: string): ChroomError {
  return new ChroomError(
    'INVALID_ARGUMENT',
    `candidateInit: expected JSON like {"candidate":"candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host"} of at most ${maxCandidateChars} characters, got ${got}`,
  );
}
