/** ioredis takes a URL, and a unix socket as a bare path. */
export function connectionTarget(url: string): string {
  return url.startsWith('unix://') ? decodeURIComponent(url.slice('unix://'.length)) : url;
}
