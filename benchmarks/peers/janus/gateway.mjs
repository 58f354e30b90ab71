// Janus of the Debian package, set up for forwarding and nothing else.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fillRoom } from '../fill-room.mjs';
import { freePort, ServerProcess } from '../server-process.mjs';
import { VideoRoom } from './video-room.mjs';

const program = 'janus';
const installed = `/usr/lib/${os.arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/janus`;
const usedPlugin = 'libjanus_videoroom.so';
const usedTransport = 'libjanus_websockets.so';
/** One loop for all handles instead of a thread each: on the one core that is measured it costs less. */
const eventLoops = 1;

export const janus = {
  name: 'Janus',
  key: 'janus',

  async examine() {
    const shown = spawnSync(program, ['--version'], { encoding: 'utf8' });
    const version = /Janus version: \d+ \(([^)]+)\)/.exec(shown.stdout ?? '')?.[1];
    if (!version) return { unsupported: 'not installed: apt-get install --no-install-recommends janus' };
    if (!networkAddress())
      return { unsupported: 'needs an IPv4 address besides 127.0.0.1: it takes none of the loopback device' };
    return {
      version: `${version} (Debian ${packageVersion('janus')})`,
      settings: `VideoRoom, event_loops = ${eventLoops}, ice_lite, no logging; SRTP by libsrtp2 ${packageVersion('libsrtp2-1')}`,
    };
  },

  async start({ cpus }) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'chroom-janus-'));
    const port = await freePort();
    writeFileSync(path.join(folder, 'janus.jcfg'), gatewaySettings(folder));
    writeFileSync(path.join(folder, 'janus.transport.websockets.jcfg'), transportSettings(port));
    const server = new ServerProcess(program, ['-F', folder], { cpus });
    let rooms;
    return {
      pid: server.pid,
      fill: async (generator, wanted) => {
        rooms = await server.ready(() => VideoRoom.open(`ws://127.0.0.1:${port}`, networkAddress()));
        await fillRoom(generator, rooms, wanted);
      },
      stop: async () => {
        rooms?.close();
        await server.stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/** Janus takes no address of the loopback device; packets to an own address of another one stay on loopback as well. */
function networkAddress() {
  const addresses = Object.values(os.networkInterfaces()).flat();
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

function packageVersion(name) {
  const shown = execFileSync('dpkg', ['-s', name], { encoding: 'utf8' });
  return /^Version: (.+)$/m.exec(shown)?.[1] ?? 'unknown';
}

function gatewaySettings(folder) {
  const others = (kind, used) =>
    readdirSync(path.join(installed, kind))
      .filter((name) => name.endsWith('.so') && name !== used)
      .join(',');
  return `general: {
  configs_folder = "${folder}"
  plugins_folder = "${installed}/plugins"
  transports_folder = "${installed}/transports"
  events_folder = "${installed}/events"
  loggers_folder = "${installed}/loggers"
  debug_level = 1
  event_loops = ${eventLoops}
}
nat: { ice_lite = true, ice_enforce_list = "${networkAddress()}" }
plugins: { disable = "${others('plugins', usedPlugin)}" }
transports: { disable = "${others('transports', usedTransport)}" }
`;
}

function transportSettings(port) {
  return `general: { json = "compact" ws = true ws_ip = "127.0.0.1" ws_port = ${port} ws_logging = "err" }
admin: { admin_ws = false }
`;
}
