// What protecting one packet costs: our kernels beside OpenSSL's EVP, interleaved in one process.
import { execFileSync } from 'node:child_process';
import { makeResult, round } from './result.mjs';

export const description = 'one packet of 1200 bytes to 64 receivers: AES-GCM and CM-SHA1 by each kernel, and by EVP';

const reference = 'gcm openssl';
const full = { trials: 400 };
const quick = { trials: 60 };

/** @param {{quick: boolean, programs: {microSrtp: string}, cpus: {engine: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const { trials } = isQuick ? quick : full;
  const measured = measure(programs.microSrtp, { trials, cpu: cpus.engine });
  say(`${measured.cases.length} kernels, ${trials} trials each`);
  return makeResult('micro/srtp', describe(measured, trials));
}

function measure(program, { trials, cpu }) {
  const text = execFileSync(program, {
    encoding: 'utf8',
    env: { ...process.env, CHROOM_MICRO_TRIALS: String(trials), CHROOM_MICRO_CPU: String(cpu) },
    timeout: 120_000,
  });
  return JSON.parse(text);
}

/** @returns {Parameters<typeof makeResult>[1]} */
export function describe({ kernel, receivers, packetBytes, cases }, trials) {
  const median = (name) => {
    const found = cases.find((one) => one.name === name);
    if (!found) throw new Error(`the program printed no case "${name}"`);
    return found.median;
  };
  const ratios = { gcm_kernel_over_evp: round(median(reference) / median(`gcm ${kernel}`)) };
  if (cases.some(({ name }) => name === 'gcm aesni')) {
    ratios.gcm_aesni_over_evp = round(median(reference) / median('gcm aesni'));
  }
  ratios.cm_side_by_side_over_single = round(median('cm-sha1 one by one') / median('cm-sha1 side by side'));
  return {
    settings: { receivers, packetBytes, trials, kernel },
    cases,
    ratios,
    notes: [
      "ns are of the thread's processor clock per packet protected, each receiver with its own key",
      'ratios are times faster than EVP with its context kept (cipher and key set once, the IV per packet), by medians',
      'kernels for ARMv8 do not run here: not measured',
    ],
  };
}
