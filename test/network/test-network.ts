import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AccessToken, type VideoGrant } from 'livekit-server-sdk';
import { launchNetwork } from '../../tools/network/launch.mjs';
import { parseNetworkOptions } from '../../tools/network/options.mjs';
import { freePortBase } from './free-ports';

const dropPrefix = 'drop.';
const decodeErrorReasons =
  /^(srtp_auth_failed|srtp_too_short|srtp_index_exhausted|srtp_protect_failed|srtp_stream_limit|srtcp_(auth_failed|too_short|not_encrypted|stream_limit)|rtp_(too_short|bad_\w+|unknown_payload_type)|rtcp_malformed|sctp_(malformed|bad_checksum|bad_tag)|stun_malformed|dtls_(malformed|failed|bad_certificate))$/;

export interface TestNetworkOptions {
  readonly nodes?: number;
  /** Environment variables of every process of the network. */
  readonly environment?: Record<string, string>;
}

export type TestNetwork = Awaited<ReturnType<typeof startTestNetwork>>;

/** A whole network of real processes on free ports and a new folder; `stop` ends and removes all of it. */
export async function startTestNetwork({ nodes = 2, environment = {} }: TestNetworkOptions = {}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-story-'));
  const portBase = await freePortBase(nodes);
  const argv = ['--data', dataDir, '--port-base', String(portBase), '--nodes', String(nodes)];
  const options = parseNetworkOptions(argv);
  const removeFolder = () => {
    if (process.env.CHROOM_KEEP_TEST_DATA !== '1') rmSync(dataDir, { recursive: true, force: true });
  };
  const launched = await launchNetwork(options, { environment }).catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  const { ready } = launched;
  return {
    ...launched,
    dataDir,
    portBase,
    /** What the engine of one node (0 = the first) counted so far, by the name of the counter. */
    async nodeCounters(node: number): Promise<Map<string, number>> {
      const text = await (await fetch(ready.nodes[node].metricsUrl)).text();
      const counters = new Map<string, number>();
      for (const [, name, count] of text.matchAll(/^chroom_engine_total\{counter="([\w.]+)"[^}]*\} (\S+)$/gm)) {
        counters.set(name ?? '', Number(count));
      }
      if (counters.size === 0) throw new Error(`expected counters among the metrics, received ${text.slice(0, 500)}`);
      return counters;
    },
    /** What the engine of one node dropped so far, by reason. */
    async nodeDrops(node: number): Promise<Map<string, number>> {
      const counters = [...(await this.nodeCounters(node))];
      const drops = counters.filter(([name]) => name.startsWith(dropPrefix));
      return new Map(drops.map(([name, count]) => [name.slice(dropPrefix.length), count]));
    },
    /** Drops so far that only a fault of ours or of a sender can raise; late, duplicate and padding packets are ordinary. */
    async decodeErrors(): Promise<[node: number, reason: string, count: number][]> {
      const drops = await Promise.all(ready.nodes.map((_: unknown, node: number) => this.nodeDrops(node)));
      return drops.flatMap((reasons: Map<string, number>, node) =>
        [...reasons].flatMap(([reason, count]): [number, string, number][] =>
          count > 0 && decodeErrorReasons.test(reason) ? [[node, reason, count]] : [],
        ),
      );
    },
    /** One figure of the registry, the orchestrator and each media node, in this order. */
    metricsOf(name: string): Promise<number[]> {
      const services = [ready.registryUrl, ready.livekitUrl.replace(/^ws/, 'http')].map((url) => `${url}/metrics`);
      const urls = [...services, ...ready.nodes.map((node: { metricsUrl: string }) => node.metricsUrl)];
      return Promise.all(
        urls.map(async (url) => {
          const text = await (await fetch(url)).text();
          return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
        }),
      );
    },
    /** GET (or another request) of the admin API, with its token. @throws Error when it refuses */
    async admin<T>(route: string, request: { method?: string; body?: unknown } = {}): Promise<T> {
      const response = await fetch(`${ready.adminUrl}${route}`, {
        method: request.method ?? 'GET',
        headers: { authorization: `Bearer ${ready.adminToken}`, 'content-type': 'application/json' },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${route}: ${response.status} ${text}`);
      return text === '' ? (undefined as T) : JSON.parse(text);
    },
    /** A token by the network's own key. */
    token(identity: string, grant: VideoGrant, options: { ttl?: number | string; secret?: string } = {}) {
      const token = new AccessToken(ready.apiKey, options.secret ?? ready.apiSecret, {
        identity,
        ttl: options.ttl ?? 600,
      });
      token.addGrant(grant);
      return token.toJwt();
    },
    async stop(): Promise<void> {
      await launched.stop();
      removeFolder();
    },
  };
}
