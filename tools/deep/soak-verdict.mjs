// Whether a soak held: a pure decision over what was measured.

/** A leak of one byte in a hundred packets at 400 000 packets/s would be five times as much. */
export const mostBytesPerMinute = 512 * 1024;
/** Share of the packets that may be lost: other programs may take the cores for a moment in ten minutes. */
export const mostLostShare = 1e-5;
const leastSamples = 3;
/** Of the worker's core on the mean: below, it was no soak; above, it says nothing about loss. */
const busyEnough = 0.7;
const tooBusy = 0.9;

/**
 * @param {{sent: number, lost: number, busy: number, seconds: number, run: {damaged: number, unopenable: number}}[]} parts
 * @param {{seconds: number, rssBytes: number}[]} samples resident memory of the engine's process while it ran
 * @returns {{failures: string[], text: string}}
 */
export function judgeSoak(parts, samples) {
  const sum = (pick) => parts.reduce((total, part) => total + pick(part), 0);
  const [sent, lost] = [sum((part) => part.sent), sum((part) => part.lost)];
  const busy = sum((part) => part.busy * part.seconds) / sum((part) => part.seconds);
  const [damaged, unopenable] = [sum(({ run }) => run.damaged), sum(({ run }) => run.unopenable)];
  const failures = [];
  if (samples.length < leastSamples)
    failures.push(`expected at least ${leastSamples} readings of memory, received ${samples.length}`);
  const bytesPerMinute = samples.length > 1 ? slope(samples) * 60 : 0;
  if (bytesPerMinute > mostBytesPerMinute)
    failures.push(`memory grew by ${kib(bytesPerMinute)} a minute, at most ${kib(mostBytesPerMinute)} is allowed`);
  if (!(sent > 0)) failures.push('no packet was sent');
  if (lost > sent * mostLostShare)
    failures.push(`${lost} of ${sent} packets were lost, at most ${mostLostShare} of them may be`);
  if (damaged + unopenable > 0) failures.push(`${damaged} packets were damaged, ${unopenable} not authentic`);
  if (!(busy >= busyEnough && busy <= tooBusy)) {
    failures.push(`the worker was ${percent(busy)} busy, expected ${percent(busyEnough)} to ${percent(tooBusy)}`);
  }
  const text = `${sent} packets, ${lost} lost, worker ${percent(busy)} busy, memory ${kib(bytesPerMinute)} a minute`;
  return { failures, text };
}

/** Bytes per second by least squares. */
function slope(samples) {
  const meanOf = (pick) => samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const meanSeconds = meanOf(({ seconds }) => seconds);
  const meanBytes = meanOf(({ rssBytes }) => rssBytes);
  const covariance = meanOf(({ seconds, rssBytes }) => (seconds - meanSeconds) * (rssBytes - meanBytes));
  const variance = meanOf(({ seconds }) => (seconds - meanSeconds) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}

const percent = (share) => `${(share * 100).toFixed(0)} %`;
const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
