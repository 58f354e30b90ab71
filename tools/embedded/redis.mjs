// A real Redis as a child process on a unix socket: for `npm start` without one, and for tests. redis-tools ships the
// server binary under the name redis-check-rdb and decides by argv[0] what it is.
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { startChild } from './child.mjs';

/**
 * @param {object} options
 * @param {string} options.dataDir
 * @param {boolean} [options.durable]  true: append-only file, so that a restart keeps the queues
 */
export async function startRedis({ dataDir, durable = true }) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const socketPath = path.join(dataDir, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', socketPath, '--unixsocketperm', '700', '--dir', dataDir, '--save', ''];
  args.push('--maxmemory-policy', 'noeviction', '--appendonly', durable ? 'yes' : 'no');
  const child = await startChild({
    name: 'Redis',
    // bash, because setpriv hands on a command's own name and the binary must be called redis-server.
    command: 'bash',
    args: ['-c', 'exec -a redis-server redis-check-rdb "$@"', 'redis-server', ...args],
    logFile: path.join(dataDir, 'redis.log'),
    readyProbe: () => answersPing(socketPath),
  });
  return {
    ...child,
    get running() {
      return child.running;
    },
    socketPath,
    /** ioredis takes a path as a URL. */
    url: `unix://${socketPath}`,
  };
}

function answersPing(socketPath) {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
  });
}
