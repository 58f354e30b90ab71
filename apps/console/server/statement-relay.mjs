// Hands statements of a settlement to the pages, read-only: the token stays here.
export const statementPrefix = '/api/statement/';
const requestTimeoutMs = 10_000;
const answerMaxBytes = 16 * 1024 * 1024;
/** Words, numbers and hashes; nothing that a URL could climb with. */
const pathPattern = /^[a-z0-9]+(\/[a-z0-9]+)*(\?[A-Za-z0-9=&-]*)?$/;

/** GET /api/statement/X becomes GET X of the settlement's statements. */
export async function relayStatement(request, response, { settlementUrl, settlementToken }) {
  if (!settlementUrl) {
    return refuse(
      response,
      404,
      'UNIMPLEMENTED',
      'this console knows no settlement; set CHROOM_CONSOLE_SETTLEMENT_URL',
    );
  }
  const path = request.url.slice(statementPrefix.length);
  if (request.method !== 'GET' || !pathPattern.test(path)) {
    return refuse(response, 400, 'INVALID_ARGUMENT', 'expected GET of a path of words and hashes');
  }
  try {
    const answer = await fetch(`${settlementUrl}/v1/statement/${path}`, {
      headers: { authorization: `Bearer ${settlementToken}` },
      signal: AbortSignal.timeout(requestTimeoutMs),
      redirect: 'error',
    });
    const body = await readBounded(answer);
    response.writeHead(answer.status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(body);
  } catch (error) {
    refuse(response, 502, 'SETTLEMENT_UNAVAILABLE', `the settlement does not answer: ${error.message}`);
  }
}

async function readBounded(answer) {
  const chunks = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > answerMaxBytes) throw new Error(`its answer is longer than ${answerMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(response, status, code, message) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ code, message: `${code}: ${message}` }));
}
