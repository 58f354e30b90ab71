// What protecting one packet costs: our kernels beside OpenSSL's EVP, interleaved in one process.
import { medianOf, runMicro } from './micro.mjs';
import { makeResult, round } from './result.mjs';

export const description = 'one packet of 1200 bytes to 64 receivers: AES-GCM and CM-SHA1 by each kernel, and by EVP';

const reference = 'gcm openssl';

/** @param {{quick: boolean, programs: {microSrtp: string}, cpus: {engine: number}, say: (text: string) => void}} context */
export async function run({ quick, programs, cpus, say }) {
  const { cases, ...settings } = runMicro(programs.microSrtp, { quick, cpu: cpus.engine, say });
  const evp = medianOf(cases, reference);
  const ratios = { gcm_kernel_over_evp: round(evp / medianOf(cases, `gcm ${settings.kernel}`)) };
  if (cases.some(({ name }) => name === 'gcm aesni'))
    ratios.gcm_aesni_over_evp = round(evp / medianOf(cases, 'gcm aesni'));
  ratios.cm_side_by_side_over_single = round(
    medianOf(cases, 'cm-sha1 one by one') / medianOf(cases, 'cm-sha1 side by side'),
  );
  return makeResult('micro/srtp', {
    settings,
    cases,
    ratios,
    notes: [
      "ns are of the thread's processor clock per packet protected, each receiver with its own key",
      'ratios are times faster than EVP with its context kept (cipher and key set once, the IV per packet), by medians',
      'kernels for ARMv8 do not run here: not measured',
    ],
  });
}
