export type SignalPath = 'root' | 'connect' | 'validate' | 'other';

/**
 * What a request path means. Clients join paths carelessly (`//rtc/v1`), and a proxy may put a prefix in front, so only
 * the end counts.
 */
export function signalPathOf(pathname: string): SignalPath {
  if (/^\/*$/.test(pathname)) return 'root';
  if (/\/rtc(\/v1)?\/validate\/?$/.test(pathname)) return 'validate';
  return /\/rtc(\/v1)?\/?$/.test(pathname) ? 'connect' : 'other';
}

/** The URL of a request target; the origin is only there to make it whole. */
export function parseTarget(target: string | undefined): URL {
  return new URL(`http://orchestrator${(target ?? '/').replace(/^\/*/, '/')}`);
}
