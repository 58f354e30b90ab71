import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Kinds of datagrams on one port, by their first byte (RFC 7983). */
export type DatagramKind = 'stun' | 'dtls' | 'srtp' | 'other';
const keptPerKind = 200;
const mostClients = 64;
/** What arrives while this process is busy with something else must not be lost here. */
const receiveBufferBytes = 2 << 20;

/**
 * Stands between clients and a media node: clients reach it at `host`, the node sees one socket of ours per client. What
 * clients sent is kept, so that a test can send it again from where it came.
 */
export class DatagramRelay {
  private readonly towardsNode = new Map<string, Promise<Socket>>();
  private readonly recorded: { kind: DatagramKind; bytes: Buffer; from: Socket }[] = [];
  private readonly kept = new Map<DatagramKind, number>();

  private constructor(
    private readonly towardsClients: Socket,
    private readonly nodeHost: string,
    private readonly port: number,
  ) {
    towardsClients.on('message', (bytes, { address, port: clientPort }) => {
      void this.forward(bytes, address, clientPort);
    });
  }

  /** @param host where clients are told to send; @param nodeHost where the node listens, on the same port */
  static async start(host: string, nodeHost: string, port: number): Promise<DatagramRelay> {
    const socket = await openSocket(port, host);
    return new DatagramRelay(socket, nodeHost, port);
  }

  /** Sends what was recorded of this kind again, each from its own client's socket, `change`d first. @returns how many */
  replay(kind: DatagramKind, change: (bytes: Buffer) => Buffer = (bytes) => bytes): number {
    const again = this.recorded.filter((datagram) => datagram.kind === kind);
    for (const { bytes, from } of again) from.send(change(Buffer.from(bytes)), this.port, this.nodeHost);
    return again.length;
  }

  /** A copy of the newest datagram of this kind. */
  newest(kind: DatagramKind): Buffer | undefined {
    const found = this.recorded.findLast((datagram) => datagram.kind === kind);
    return found && Buffer.from(found.bytes);
  }

  async stop(): Promise<void> {
    this.towardsClients.close();
    for (const socket of await Promise.all(this.towardsNode.values())) socket.close();
  }

  private async forward(bytes: Buffer, address: string, clientPort: number): Promise<void> {
    const client = `${address}:${clientPort}`;
    if (!this.towardsNode.has(client)) {
      if (this.towardsNode.size >= mostClients) return;
      this.towardsNode.set(client, this.openTowardsNode(address, clientPort));
    }
    const socket = await this.towardsNode.get(client);
    if (!socket) return;
    this.record(bytes, socket);
    socket.send(bytes, this.port, this.nodeHost);
  }

  private async openTowardsNode(address: string, clientPort: number): Promise<Socket> {
    const socket = await openSocket(0, this.nodeHost);
    socket.on('message', (bytes) => this.towardsClients.send(bytes, clientPort, address));
    return socket;
  }

  private record(bytes: Buffer, from: Socket): void {
    const kind = kindOf(bytes[0] ?? 255);
    const kept = this.kept.get(kind) ?? 0;
    if (kept >= keptPerKind) {
      // The oldest of its kind makes place: what is replayed is fresh enough to be known as a replay.
      this.recorded.splice(
        this.recorded.findIndex((datagram) => datagram.kind === kind),
        1,
      );
    } else this.kept.set(kind, kept + 1);
    this.recorded.push({ kind, bytes: Buffer.from(bytes), from });
  }
}

async function openSocket(port: number, host: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  socket.setRecvBufferSize(receiveBufferBytes);
  return socket;
}

function kindOf(firstByte: number): DatagramKind {
  if (firstByte <= 3) return 'stun';
  if (firstByte >= 20 && firstByte <= 63) return 'dtls';
  return firstByte >= 128 && firstByte <= 191 ? 'srtp' : 'other';
}
