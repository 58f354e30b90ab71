/**
 * CHROOM_CONSOLE_HOST (127.0.0.1), CHROOM_CONSOLE_PORT (7882), CHROOM_CONSOLE_LIVEKIT_URL (ws://127.0.0.1:7880),
 * CHROOM_CONSOLE_API_KEY and CHROOM_CONSOLE_API_SECRET (both or neither), CHROOM_CONSOLE_SETTLEMENT_URL and
 * CHROOM_CONSOLE_SETTLEMENT_TOKEN (both or neither; the reader's token of that settlement).
 */
export function readConsoleSettings(environment) {
  const port = Number(environment.CHROOM_CONSOLE_PORT ?? '7882');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(
      `SETTING_INVALID: CHROOM_CONSOLE_PORT expects a port, received "${environment.CHROOM_CONSOLE_PORT}"`,
    );
  }
  const apiKey = environment.CHROOM_CONSOLE_API_KEY;
  const apiSecret = environment.CHROOM_CONSOLE_API_SECRET;
  if (Boolean(apiKey) !== Boolean(apiSecret)) {
    throw new Error('SETTING_INVALID: set both CHROOM_CONSOLE_API_KEY and CHROOM_CONSOLE_API_SECRET, or neither');
  }
  const settlementUrl = environment.CHROOM_CONSOLE_SETTLEMENT_URL;
  const settlementToken = environment.CHROOM_CONSOLE_SETTLEMENT_TOKEN;
  if (Boolean(settlementUrl) !== Boolean(settlementToken)) {
    throw new Error(
      'SETTING_INVALID: set both CHROOM_CONSOLE_SETTLEMENT_URL and CHROOM_CONSOLE_SETTLEMENT_TOKEN, or neither',
    );
  }
  return {
    host: environment.CHROOM_CONSOLE_HOST ?? '127.0.0.1',
    port,
    livekitUrl: environment.CHROOM_CONSOLE_LIVEKIT_URL ?? 'ws://127.0.0.1:7880',
    apiKey,
    apiSecret,
    settlementUrl,
    settlementToken,
  };
}
