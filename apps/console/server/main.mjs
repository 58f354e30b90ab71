// Serves the built pages, tells them where the orchestrator is and, when it was given an API key, makes join tokens.
// With a key whoever reaches this server may join any room of that key's project: keep it for development networks.
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AccessToken } from 'livekit-server-sdk';
import sirv from 'sirv';
import { readConsoleSettings } from './settings.mjs';
import { relayStatement, statementPrefix } from './statement-relay.mjs';

const tokenLifeSeconds = 3600;
const longestName = 256;
const longestBodyBytes = 4096;

const settings = readConsoleSettings(process.env);
const pages = sirv(path.join(path.dirname(fileURLToPath(import.meta.url)), '../dist'), { single: true });
const server = createServer(async (request, response) => {
  if (request.url === '/api/config' && request.method === 'GET') {
    return sendJson(response, 200, { livekitUrl: settings.livekitUrl, makesTokens: Boolean(settings.apiKey) });
  }
  if (request.url === '/api/token' && request.method === 'POST') return makeToken(request, response);
  if (request.url?.startsWith(statementPrefix)) return relayStatement(request, response, settings);
  return pages(request, response);
});

async function makeToken(request, response) {
  if (!settings.apiKey) {
    return refuse(
      response,
      404,
      'API_KEY_UNKNOWN',
      'this console has no API key; paste a token instead, or set CHROOM_CONSOLE_API_KEY',
    );
  }
  let wanted;
  try {
    wanted = JSON.parse(await readBody(request));
  } catch (error) {
    return refuse(response, 400, 'INVALID_ARGUMENT', `expected JSON {"room","identity"}: ${error.message}`);
  }
  for (const field of ['room', 'identity']) {
    const value = wanted?.[field];
    if (typeof value !== 'string' || value.length === 0 || value.length > longestName) {
      return refuse(
        response,
        400,
        'INVALID_ARGUMENT',
        `${field}: expected 1 to ${longestName} characters, received ${JSON.stringify(value)?.slice(0, 80)}`,
      );
    }
  }
  const token = new AccessToken(settings.apiKey, settings.apiSecret, {
    identity: wanted.identity,
    name: wanted.identity,
    ttl: tokenLifeSeconds,
  });
  token.addGrant({ roomJoin: true, room: wanted.room });
  return sendJson(response, 200, { token: await token.toJwt(), livekitUrl: settings.livekitUrl });
}

async function readBody(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestBodyBytes) throw new Error(`the body is longer than ${longestBodyBytes} bytes`);
  }
  return text;
}

function refuse(response, status, code, message) {
  sendJson(response, status, { code, message: `${code}: ${message}` });
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

server.listen(settings.port, settings.host, () => {
  process.stdout.write(`READY ${JSON.stringify({ url: `http://${settings.host}:${server.address().port}` })}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
