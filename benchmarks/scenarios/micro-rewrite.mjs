// What a receiver's own header costs, beside overwriting a copy of the published one.
import { medianOf, runMicro } from './micro.mjs';
import { makeResult, round } from './result.mjs';

export const description =
  'fresh RTP headers for 100 and 2000 receivers by precomputed plans, beside copying and overwriting';

/** @param {{quick: boolean, programs: {microRewrite: string}, cpus: {engine: number}, say: (text: string) => void}} context */
export async function run({ quick, programs, cpus, say }) {
  const { cases, ...settings } = runMicro(programs.microRewrite, { quick, cpu: cpus.engine, say });
  const ratios = {};
  for (const receivers of [100, 2000]) {
    const plan = medianOf(cases, `by plan, N=${receivers}`);
    ratios[`plan_over_copy_n${receivers}`] = round(
      plan / medianOf(cases, `copy and overwrite, the reference, N=${receivers}`),
    );
    ratios[`anew_over_plan_n${receivers}`] = round(
      medianOf(cases, `built anew from the extensions, N=${receivers}`) / plan,
    );
  }
  return makeResult('micro/rewrite', {
    settings,
    cases,
    ratios,
    notes: [
      "ns are of the thread's processor clock per header of 28 bytes with three extensions, each receiver with ids of its own",
      'the reference translates no extension ids and so is not correct for such receivers: it is what any rewrite costs at least',
      'N=2000 walks 4 MB of slots, so its cost is that of memory that has left the cache; the engine reuses 96 kB of run memory instead',
    ],
  });
}
