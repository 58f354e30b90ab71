// LiveKit server, built from its Go modules at the version of go.mod here, set up for forwarding in one process.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runLogged, step } from '../../../tools/setup/progress.mjs';
import { repositoryRoot } from '../../../tools/setup/repository.mjs';
import { fillRoom } from '../fill-room.mjs';
import { freePort, ServerProcess } from '../server-process.mjs';
import { LiveKitRoom } from './signalling.mjs';

const module = 'github.com/livekit/livekit-server';
const folder = path.join(repositoryRoot, 'benchmarks', 'peers', 'livekit');
const version = new RegExp(`${module} v(\\S+)`).exec(readFileSync(path.join(folder, 'go.mod'), 'utf8'))[1];
const program = path.join(repositoryRoot, '.chroom', 'peers', `livekit-server-${version}`);
const apiKey = 'load';

export const liveKit = {
  name: 'LiveKit',
  key: 'livekit',

  async examine() {
    if (!existsSync(program)) {
      try {
        mkdirSync(path.dirname(program), { recursive: true });
        await step(`LiveKit server ${version} (Go)`, () =>
          runLogged('peer-livekit', 'go', ['build', '-ldflags', '-s -w', '-o', program, `${module}/cmd/server`], {
            cwd: folder,
          }),
        );
      } catch (error) {
        return { unsupported: `cannot be built: ${error.message.split('\n').slice(0, 3).join(' ')}` };
      }
    }
    return {
      version,
      settings:
        'one UDP port, ICE-lite, batch_io 128 packets / 2 ms, VP8 only, no Redis, no logging; SRTP by Go (pion)',
    };
  },

  async start({ cpus }) {
    const port = await freePort();
    const apiSecret = randomBytes(32).toString('hex');
    const server = new ServerProcess(program, [], {
      cpus,
      env: { LIVEKIT_CONFIG: settings({ port, udpPort: await freePort(), apiSecret }) },
    });
    let room;
    return {
      pid: server.pid,
      fill: async (generator, wanted) => {
        await server.ready(() => fetch(`http://127.0.0.1:${port}/`));
        room = new LiveKitRoom({ url: `ws://127.0.0.1:${port}`, apiKey, apiSecret });
        await fillRoom(generator, room, wanted);
      },
      stop: async () => {
        room?.close();
        await server.stop();
      },
    };
  },
};

/** JSON is YAML. */
function settings({ port, udpPort, apiSecret }) {
  return JSON.stringify({
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: udpPort,
      node_ip: '127.0.0.1',
      use_external_ip: false,
      use_ice_lite: true,
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
      batch_io: { batch_size: 128, max_flush_interval: '2ms' },
    },
    room: { enabled_codecs: [{ mime: 'video/vp8' }] },
    keys: { [apiKey]: apiSecret },
    logging: { level: 'error', pion_level: 'error' },
  });
}
