import { type Environment, SettingsReader } from '@chroom/protocol';

/**
 * Bounds of the server API. Twice as many requests are taken in one burst.
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_SERVER_API_REQUESTS_PER_SECOND | requests of one API key, sustained | 500 |
 * | CHROOM_SERVER_API_REQUESTS_PER_SECOND_PER_ADDRESS | requests of one client address, sustained | 500 |
 */
export class ServerApiSettings {
  requestsPerSecondPerKey: number;
  requestsPerSecondPerAddress: number;

  static fromEnvironment(environment: Environment): ServerApiSettings {
    const read = new SettingsReader(environment);
    const rate = (name: string) => read.integer(name, { min: 1, max: 1_000_000, fallback: 500 });
    return Object.assign(new ServerApiSettings(), {
      requestsPerSecondPerKey: rate('CHROOM_SERVER_API_REQUESTS_PER_SECOND'),
      requestsPerSecondPerAddress: rate('CHROOM_SERVER_API_REQUESTS_PER_SECOND_PER_ADDRESS'),
    });
  }
}
