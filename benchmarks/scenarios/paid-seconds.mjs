// Which seconds of a measurement are with settlement. Those who measure and those who are measured go by it, and by the same clock.

/** Rooms whose names begin so are served without a grant by the orchestrator of `orchestrator-with-paid-seconds.mjs`. */
export const unpaidPrefix = 'unpaid ';

export const secondMs = 1000;

/**
 * Of every even second and the next one is one paid, which of them is as good as random: whatever recurs in some seconds, as
 * timers do, falls on paid and on unpaid ones alike. Never are more than two in a row the same.
 * @param {number} second since any beginning, whole
 */
export function isPaidSecond(second) {
  const isFirstPaid = mix(Math.floor(second / 2)) % 2 === 0;
  return (second % 2 === 0) === isFirstPaid;
}

/** The finalizer of MurmurHash3: every bit of the value changes about half of the bits. */
function mix(value) {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The side that a second is measured on. */
export function sideOf(second) {
  return isPaidSecond(second) ? 'with' : 'without';
}

/** The first one that has not begun: pairs begin with it. */
export function nextEvenSecond() {
  return 2 * Math.ceil(Date.now() / secondMs / 2);
}

/** How long it is, in whole seconds, until one is paid: what waits so long comes at the same part of its second. In ms; 0 within one. */
export function untilPaidMs(nowMs) {
  const now = Math.floor(nowMs / secondMs);
  let second = now;
  while (!isPaidSecond(second)) second += 1;
  return (second - now) * secondMs;
}

/** A method of a class whose result nobody needs is called in paid seconds alone. */
export function inPaidSecondsOnly(type, method) {
  replaceMethod(
    type,
    method,
    (original) =>
      function callPaid(...args) {
        return untilPaidMs(Date.now()) === 0 ? original.apply(this, args) : undefined;
      },
  );
}

export function replaceMethod({ name, prototype }, method, by) {
  if (typeof prototype[method] !== 'function') throw new Error(`expected a method ${method} of ${name}, found none`);
  prototype[method] = by(prototype[method]);
}
