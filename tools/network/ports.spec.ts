import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePortBase } from '../../test/network/free-ports';
import { parseNetworkOptions, portOffsets } from './options.mjs';
import { nodePorts, refuseTakenPorts, takenPorts } from './ports.mjs';

const host = '127.0.0.1';
const optionsOf = (portBase: number) => parseNetworkOptions(['--port-base', `${portBase}`]);

describe('the ports of a network', () => {
  it('are refused by name and number when others have them, with the option that chooses others', async () => {
    const base = await freePortBase(2);
    const server = createServer().listen(base + portOffsets.orchestrator, host);
    const socket = createSocket('udp4').bind(nodePorts(base, 1).udp[0], host);
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    try {
      await expect(refuseTakenPorts(optionsOf(base))).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(
          `${base}/tcp (orchestrator), ${nodePorts(base, 1).udp[0]}/udp (packets of media node 2). Stop it, or start with --port-base N`,
        ),
      });
    } finally {
      server.close();
      socket.close();
    }
  });

  it('are free when nobody has them, and left free by the look', async () => {
    const base = await freePortBase(2);
    expect(await takenPorts(optionsOf(base))).toEqual([]);
    expect(await takenPorts(optionsOf(base))).toEqual([]);
  });

  it('leave an address that is not of this machine to who binds it', async () => {
    const options = { ...optionsOf(await freePortBase(2)), host: '192.0.2.1' };
    expect(await takenPorts(options)).toEqual([]);
  });

  it('hold one for packets per worker of each node', () => {
    expect(nodePorts(7880, 1, { CHROOM_NODE_WORKERS: '3' })).toEqual({
      control: 7891,
      metrics: 7911,
      udp: [7946, 7947, 7948],
    });
  });
});
