/** Time of the registry: the wall clock for what is signed, a clock that never jumps for silence. */
export interface RegistryClock {
  nowMs(): number;
  monotonicMs(): number;
}

export const systemRegistryClock: RegistryClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
