/**
 * @typedef {{passed: number, failed: number, skipped: {name: string, reason: string}[], failures: string[]}} SuiteResult
 * What a suite of `npm test` came to. A skip without a reason is a failure.
 */

/** @returns {SuiteResult} */
export function emptyResult() {
  return { passed: 0, failed: 0, skipped: [], failures: [] };
}

/** @param {SuiteResult} into @param {SuiteResult} from */
export function addResult(into, from) {
  into.passed += from.passed;
  into.failed += from.failed;
  into.skipped.push(...from.skipped);
  into.failures.push(...from.failures);
}

/** @param {SuiteResult} result */
export function addSkip(result, name, reason) {
  if (reason) {
    result.skipped.push({ name, reason });
    return;
  }
  result.failed++;
  result.failures.push(`${name}: skipped without a reason`);
}
