// The raw surface of the addon, typed by hand (libs/engine/src/native-surface.spec.ts compares it with what is loaded).
// It unpacks, calls and packs; names, defaults and argument checks are in libs/engine, which is what programs use.

export interface NativeEngineConfig {
  workers: number;
  bindAddresses: string[];
  /** Port of the first worker; 0: chosen by the system. */
  udpPort: number;
  advertisedAddresses: string[];
  sessionsPerWorker: number;
  roomsPerWorker: number;
  publicationsPerSession: number;
  subscriptionsPerSession: number;
  largeRoomSessions: number;
  /** Processors to bind the workers to, in order; empty: none. */
  workerCpus: number[];
  /** workers * counterNames.length words; the workers write it, row by row, until close() returns. */
  counters: BigUint64Array;
  /** Called on this thread with a batch of records (libs/engine/src/records.ts). */
  onRecords: (records: Uint8Array) => void;
}

export declare class NativeEngine {
  /** Opens sockets and starts threads, or throws an Error with a `code` of engine-error.ts. */
  constructor(config: NativeEngineConfig);
  /**
   * Hands one command to the session's worker, or to all of a room's: `kind` of commandKinds, the serialised request of control.proto. The answer
   * comes as a record with the same request id (1..2^32-1). Throws with `code` when it cannot be accepted.
   */
  submit(kind: number, requestId: number, request: Uint8Array): void;
  udpPorts(): number[];
  /** Stops and joins the threads; no callback comes afterwards. Safe to call twice. */
  close(): void;
}

/** Method name of the facade to the number that submit takes. */
export declare const commandKinds: Readonly<Record<string, number>>;
/** Number in a record to its stable code. */
export declare const errorCodes: readonly string[];
/** Names of one worker's row of counters, in order. */
export declare const counterNames: readonly string[];
/** OpenSSL as compiled against and as really linked: they must be the same text. */
export declare const openssl: { readonly compiled: string; readonly linked: string };
