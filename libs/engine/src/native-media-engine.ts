import { availableParallelism } from 'node:os';
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import native, { type NativeEngine } from '@chroom/native';
import { control } from '@chroom/protocol';
import { ENGINE_ERROR_CODES, EngineError, type EngineErrorCode } from './engine-error.js';
import type { EngineEvents, EngineLoad, Init, MediaEngine, MediaEngineConfig } from './media-engine.js';
import { readRecords } from './records.js';
import * as checks from './request-checks.js';

/** Opens sockets and starts the workers. Rejects with an EngineError when an address or a port cannot be had. */
export async function openMediaEngine(config: MediaEngineConfig = {}): Promise<MediaEngine> {
  return new NativeMediaEngine(config);
}

/**
 * The facade over one native engine: owns the calls in flight and the listeners, lives on Node's thread, and hands
 * bytes of the control contract over in both directions.
 */
class NativeMediaEngine implements MediaEngine {
  readonly events: EngineEvents;
  readonly udpPorts: readonly number[];

  private readonly engine: NativeEngine;
  private readonly counterWords: BigUint64Array;
  private readonly workers: number;
  private readonly calls = new Map<number, PendingCall>();
  private readonly listeners = new Set<(batch: readonly control.Event[]) => void>();
  private readonly hold: Hold;
  private lastRequestId = 0;
  private closed = false;

  constructor(config: MediaEngineConfig) {
    checks.checkConfig(config);
    this.workers = config.workers ?? Math.max(1, availableParallelism() - 1);
    const hold: Hold = { engine: new WeakRef(this), busy: undefined };
    this.hold = hold;
    this.counterWords = new BigUint64Array(new SharedArrayBuffer(this.workers * native.counterNames.length * 8));
    this.engine = coded(
      () =>
        new native.NativeEngine({
          workers: this.workers,
          bindAddresses: [...(config.bindAddresses ?? ['127.0.0.1'])],
          udpPort: config.udpPort ?? 0,
          advertisedAddresses: [...(config.advertisedAddresses ?? [])],
          sessionsPerWorker: config.limits?.sessionsPerWorker ?? 4000,
          roomsPerWorker: config.limits?.roomsPerWorker ?? 2000,
          publicationsPerSession: config.limits?.publicationsPerSession ?? 32,
          subscriptionsPerSession: config.limits?.subscriptionsPerSession ?? 512,
          largeRoomSessions: config.largeRoomSessions ?? 64,
          workerCpus: [...(config.workerCpus ?? [])],
          counters: this.counterWords,
          onRecords: (batch) => hold.engine.deref()?.takeRecords(batch),
        }),
    );
    this.udpPorts = this.engine.udpPorts();
    this.events = {
      subscribe: (listener) => {
        this.listeners.add(listener);
        this.updateHold();
        return () => {
          this.listeners.delete(listener);
          this.updateHold();
        };
      },
    };
  }

  createSession = this.method(
    'createSession',
    control.CreateSessionRequestSchema,
    control.CreateSessionResponseSchema,
    checks.checkCreateSession,
  );
  updateSession = this.method(
    'updateSession',
    control.UpdateSessionRequestSchema,
    control.UpdateSessionResponseSchema,
    checks.checkSession,
  );
  closeSession = this.method(
    'closeSession',
    control.CloseSessionRequestSchema,
    control.CloseSessionResponseSchema,
    checks.checkSession,
  );
  closeRoom = this.method(
    'closeRoom',
    control.CloseRoomRequestSchema,
    control.CloseRoomResponseSchema,
    checks.checkRoom,
  );
  describeSession = this.method(
    'describeSession',
    control.DescribeSessionRequestSchema,
    control.DescribeSessionResponseSchema,
    checks.checkSession,
  );
  createTransport = this.method(
    'createTransport',
    control.CreateTransportRequestSchema,
    control.CreateTransportResponseSchema,
    checks.checkTransport,
  );
  connectTransport = this.method(
    'connectTransport',
    control.ConnectTransportRequestSchema,
    control.ConnectTransportResponseSchema,
    checks.checkConnectTransport,
  );
  restartIce = this.method(
    'restartIce',
    control.RestartIceRequestSchema,
    control.RestartIceResponseSchema,
    checks.checkTransport,
  );
  publish = this.method('publish', control.PublishRequestSchema, control.PublishResponseSchema, checks.checkPublish);
  updatePublication = this.method(
    'updatePublication',
    control.UpdatePublicationRequestSchema,
    control.UpdatePublicationResponseSchema,
    checks.checkTrack,
  );
  unpublish = this.method(
    'unpublish',
    control.UnpublishRequestSchema,
    control.UnpublishResponseSchema,
    checks.checkTrack,
  );
  subscribe = this.method(
    'subscribe',
    control.SubscribeRequestSchema,
    control.SubscribeResponseSchema,
    checks.checkSubscribe,
  );
  updateSubscription = this.method(
    'updateSubscription',
    control.UpdateSubscriptionRequestSchema,
    control.UpdateSubscriptionResponseSchema,
    checks.checkUpdateSubscription,
  );
  unsubscribe = this.method(
    'unsubscribe',
    control.UnsubscribeRequestSchema,
    control.UnsubscribeResponseSchema,
    checks.checkTrack,
  );
  sendData = this.method(
    'sendData',
    control.SendDataRequestSchema,
    control.SendDataResponseSchema,
    checks.checkSendData,
  );
  private readonly statisticsOf = this.method(
    'sessionStatistics',
    control.CloseSessionRequestSchema,
    control.SessionStatisticsSchema,
    checks.checkSession,
  );

  sessionStatistics(request: { room: string; session: string }): Promise<control.SessionStatistics> {
    return this.statisticsOf({ fence: { room: request.room }, session: request.session });
  }

  counters(): Readonly<Record<string, bigint>> {
    const sums: Record<string, bigint> = {};
    for (const name of native.counterNames) sums[name] = 0n;
    for (let worker = 0; worker < this.workers; worker++) {
      for (const [name, value] of this.row(worker)) sums[name] = (sums[name] ?? 0n) + value;
    }
    return sums;
  }

  workerCounters(): readonly Readonly<Record<string, bigint>>[] {
    return Array.from({ length: this.workers }, (_, worker) => Object.fromEntries(this.row(worker)));
  }

  load(): EngineLoad {
    const sums = this.counters();
    let cpuPermille = 0;
    for (let worker = 0; worker < this.workers; worker++) {
      cpuPermille = Math.max(cpuPermille, Number(new Map(this.row(worker)).get('gauge_busy_permille')));
    }
    return {
      cpuPermille,
      egressBps: sums.gauge_egress_bps ?? 0n,
      packetsPerSecond: sums.gauge_packets_per_second ?? 0n,
      sessions: Number(sums.gauge_sessions),
      workers: this.workers,
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.engine.close();
    for (const call of this.calls.values()) call.reject(closedError());
    this.calls.clear();
    this.listeners.clear();
    this.updateHold();
  }

  private method<Request extends DescMessage, Response extends DescMessage>(
    name: string,
    requestSchema: Request,
    responseSchema: Response,
    check: (request: MessageShape<Request>) => void,
  ): (request: Init<Request>) => Promise<MessageShape<Response>> {
    const kind = native.commandKinds[name];
    if (kind === undefined) {
      throw new EngineError(
        'UNSUPPORTED',
        `expected an addon that knows ${name}, received an older one: build it again`,
      );
    }
    return async (init) => {
      const request = create(requestSchema, init);
      check(request);
      const payload = await this.call(kind, toBinary(requestSchema, request));
      return fromBinary(responseSchema, payload);
    };
  }

  private call(kind: number, request: Uint8Array): Promise<Uint8Array> {
    if (this.closed) return Promise.reject(closedError());
    const requestId = this.nextRequestId();
    return new Promise((resolve, reject) => {
      coded(() => this.engine.submit(kind, requestId, request));
      this.calls.set(requestId, { resolve, reject });
      this.updateHold();
    });
  }

  /** Somebody waits for an answer or an event: then dropping the last reference must not end the engine. */
  private updateHold(): void {
    this.hold.busy = this.calls.size > 0 || this.listeners.size > 0 ? this : undefined;
  }

  private nextRequestId(): number {
    do this.lastRequestId = (this.lastRequestId % 0xffffffff) + 1;
    while (this.calls.has(this.lastRequestId));
    return this.lastRequestId;
  }

  private takeRecords(batch: Uint8Array): void {
    const events: control.Event[] = [];
    for (const record of readRecords(batch)) {
      if (record.kind === 'event') {
        events.push(fromBinary(control.EventSchema, record.payload));
        continue;
      }
      const call = this.calls.get(record.requestId);
      this.calls.delete(record.requestId);
      if (record.kind === 'result') call?.resolve(record.payload);
      else call?.reject(nativeError(native.errorCodes[record.code], record.detail));
    }
    this.updateHold();
    if (events.length > 0) for (const listener of this.listeners) listener(events);
  }

  private *row(worker: number): Generator<[string, bigint]> {
    const names = native.counterNames;
    for (const [index, name] of names.entries()) {
      yield [name, Atomics.load(this.counterWords, worker * names.length + index)];
    }
  }
}

/**
 * What the native side knows of the facade. The reference is weak, so that an engine that was dropped without close()
 * is collected and its finalizer stops the threads.
 */
interface Hold {
  readonly engine: WeakRef<NativeMediaEngine>;
  busy: NativeMediaEngine | undefined;
}

interface PendingCall {
  resolve(payload: Uint8Array): void;
  reject(error: EngineError): void;
}

function closedError(): EngineError {
  return new EngineError('CLOSED', 'expected an open engine, received a call after close(): open a new one');
}

/** A detail of the engine is "field: sentence", or only the sentence when no single field is at fault. */
function nativeError(code: string | undefined, detail: string, cause?: unknown): EngineError {
  const known: EngineErrorCode = ENGINE_ERROR_CODES.find((name) => name === code) ?? 'SYSTEM';
  const [, field = '', sentence = detail] = /^([a-z_]+): (.*)$/s.exec(detail) ?? [];
  return new EngineError(known, sentence, field, { cause });
}

/** Runs a call into the addon and turns its coded errors into EngineErrors with a stack of ours. */
function coded<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    // Not instanceof: errors of the addon belong to the realm that loaded it, which need not be ours.
    const { code, message } = cause as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && typeof message === 'string') throw nativeError(code, message, cause);
    throw cause;
  }
}
