import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { AddressBudgets, ChroomError } from '@chroom/protocol';
import { maxSignalMessageBytes } from '@chroom/signalling';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer } from 'ws';
import { Clock } from '../clock/clock.js';
import { asCodedError } from '../http/coded-errors.filter.js';
import type { Admission } from '../rooms/joining/admission.js';
import { SignallingRooms } from '../rooms/signalling-rooms.js';
import { Timers } from '../rooms/timers.js';
import { Admissions } from './admissions.js';
import { refusalStatus, writeRefusal } from './refusal.js';
import { SignalConnection } from './signal-connection.js';
import { parseTarget, signalPathOf } from './signal-paths.js';
import { SignalSettings } from './signal-settings.js';

/** Messages above this size are worth deflating; small ones grow. */
const deflateFromBytes = 2048;

/**
 * `/rtc` and `/rtc/v1`: authorises, lets the rooms admit the client, and only then upgrades. So every refusal is an HTTP
 * status, and the node has made the session before the client hears "welcome".
 */
@Injectable()
export class SignalGateway implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Signalling');
  private readonly connections = new Set<SignalConnection>();
  private readonly budgetsByAddress: AddressBudgets;
  private readonly budgetsByIdentity: AddressBudgets;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxSignalMessageBytes,
    perMessageDeflate: {
      threshold: deflateFromBytes,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
  });
  private server: Server | undefined;
  private readonly onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void this.upgrade(request, socket, head);
  };

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly admissions: Admissions,
    private readonly rooms: SignallingRooms,
    private readonly settings: SignalSettings,
    private readonly clock: Clock,
    private readonly timers: Timers,
  ) {
    this.budgetsByAddress = new AddressBudgets(settings.joinsPerSecondPerAddress, settings.joinBurstPerAddress);
    this.budgetsByIdentity = new AddressBudgets(settings.joinsPerSecondPerIdentity, settings.joinBurstPerIdentity);
  }

  onApplicationBootstrap(): void {
    this.server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    this.server.on('upgrade', this.onUpgrade);
  }

  onModuleDestroy(): void {
    this.server?.off('upgrade', this.onUpgrade);
    for (const connection of [...this.connections]) connection.close();
    this.sockets.close();
  }

  private async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // A reset before the upgrade must not end the process.
    socket.on('error', () => {});
    let connection: SignalConnection | undefined;
    try {
      const url = parseTarget(request.url);
      if (signalPathOf(url.pathname) !== 'connect') {
        writeRefusal(socket, 404, 'no WebSocket is served at this path');
        return;
      }
      this.refuseFlood(socket);
      const admission = await this.admissions.check(request, url);
      this.refuseFlapping(admission);
      connection = this.openConnection();
      socket.once('close', () => connection?.end());
      await this.enter(admission, connection);
      this.finish(request, socket, head, connection);
    } catch (error) {
      connection?.end();
      const coded = asCodedError(error, this.log);
      this.log.log(`refused: ${coded.code} ${coded.message}`);
      writeRefusal(socket, refusalStatus(coded), coded.message);
    }
  }

  private refuseFlood(socket: Socket): void {
    if (!this.budgetsByAddress.take(socket.remoteAddress ?? '', this.clock.nowMs())) {
      throw new ChroomError('LIMIT_EXCEEDED', 'too many connections from this address; wait a second');
    }
    if (this.connections.size >= this.settings.maxConnections) {
      throw new ChroomError('NO_CAPACITY', 'this orchestrator has no room for further connections; try another one');
    }
  }

  /** A client that joins over and over would make and close sessions on a node each time. */
  private refuseFlapping({ claims }: Admission): void {
    const caller = `${claims.projectId}\n${claims.video.room}\n${claims.identity}`;
    if (this.budgetsByIdentity.take(caller, this.clock.nowMs())) return;
    throw new ChroomError('LIMIT_EXCEEDED', 'too many joins of this identity; wait a second');
  }

  private openConnection(): SignalConnection {
    const connection: SignalConnection = new SignalConnection({
      clock: this.clock,
      timers: this.timers,
      settings: this.settings,
      onClosed: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
    return connection;
  }

  private async enter(admission: Admission, connection: SignalConnection): Promise<void> {
    const seat = admission.join.reconnect
      ? await this.rooms.resume(admission, connection)
      : await this.rooms.join(admission, connection);
    if (seat) connection.takeSeat(seat);
  }

  private finish(request: IncomingMessage, socket: Socket, head: Buffer, connection: SignalConnection): void {
    if (socket.destroyed) {
      connection.end();
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => connection.attach(webSocket));
  }
}
