/**
 * What may be logged of an error of the endpoint: names and messages of its causes. Clients quote the URL that they
 * asked, and its user, path and query may be a provider's key: of it the origin stays.
 */
export function loggable(error: unknown, depth = 0): Error {
  const {
    name = 'Error',
    message = String(error),
    cause,
  } = error as { name?: string; message?: string; cause?: unknown };
  const told = new Error(
    withoutKeys(message),
    cause && depth < deepestCause ? { cause: loggable(cause, depth + 1) } : {},
  );
  told.name = name;
  return told;
}

const deepestCause = 4;
const urls = /\bhttps?:\/\/[^\s"'`<>]+/gi;

/** The text, with nothing of its URLs but where they point to. */
export function withoutKeys(text: string): string {
  return text.replace(urls, (url) => (URL.canParse(url) ? new URL(url).origin : 'a URL'));
}
