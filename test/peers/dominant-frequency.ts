/** Frequencies that are looked at, Hz; the step is well below 1 % of everything from 100 Hz. */
const lowestHz = 50;
const highestHz = 2000;
const stepHz = 0.5;

/** Frequency of the strongest component (Hann window, Goertzel), and its share of the signal's power, 0..1. */
export function dominantFrequency(samples: Int16Array, sampleRateHz: number): { frequencyHz: number; share: number } {
  const count = samples.length;
  const windowed = Float64Array.from(samples, (sample, index) => {
    return (sample / 32_768) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (count - 1)));
  });
  const energy = windowed.reduce((sum, sample) => sum + sample * sample, 0);
  let best = { frequencyHz: 0, power: 0 };
  for (let frequencyHz = lowestHz; frequencyHz <= highestHz; frequencyHz += stepHz) {
    const power = powerAt(windowed, frequencyHz, sampleRateHz);
    if (power > best.power) best = { frequencyHz, power };
  }
  // A pure sine under this window has |X|^2 = N / 6 * 2 * energy ... = N * energy / 3.
  return { frequencyHz: best.frequencyHz, share: energy > 0 ? (3 * best.power) / (count * energy) : 0 };
}

function powerAt(samples: Float64Array, frequencyHz: number, sampleRateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let [last, beforeLast] = [0, 0];
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
}
