import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { u32, u64 } from '../wire/wire-values.js';
import { type Capacity, capacitySchema } from './announcement.js';

export const HEARTBEAT_INTERVAL_MS = 1000;
export const HEARTBEAT_MAX_BYTES = 2048;

/** As NodeLoad of the control API. */
export const loadReportSchema = z.strictObject({
  /** Sum of live leases. */
  leased: capacitySchema,
  /** Busiest worker, 0..1000. */
  cpuPermille: z.number().int().min(0).max(1000),
  egressBps: u64,
  packetsPerSecond: u64,
  sessions: u32,
  rssBytes: u64,
});
export type LoadReport = z.output<typeof loadReportSchema>;

export const HEALTH_WORDS = ['ok', 'degraded', 'draining'] as const;
export type Health = (typeof HEALTH_WORDS)[number];

const heartbeatBody = {
  /** Given out by the registry for one announcement; a new announcement of the member ends it. */
  session: z.string().regex(/^[0-9a-f]{32}$/),
  /** Grows with every heartbeat of the session. */
  counter: u32,
  health: z.enum(HEALTH_WORDS),
  load: loadReportSchema,
};
export const heartbeatSchema = z.strictObject({
  ...heartbeatBody,
  /** HMAC-SHA256 under the session's secret, lower-case hex. */
  mac: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Heartbeat = z.output<typeof heartbeatSchema>;
export type UnsealedHeartbeat = Omit<Heartbeat, 'mac'>;

export function sealHeartbeat(heartbeat: UnsealedHeartbeat, secret: Uint8Array): Heartbeat {
  return { ...heartbeat, mac: macOf(heartbeat, secret).toString('hex') };
}

export function isHeartbeatAuthentic(heartbeat: Heartbeat, secret: Uint8Array): boolean {
  return timingSafeEqual(macOf(heartbeat, secret), Buffer.from(heartbeat.mac, 'hex'));
}

/** The MAC is over these values as decimal text, each followed by a line feed. */
function macOf(heartbeat: UnsealedHeartbeat, secret: Uint8Array): Buffer {
  const { session, counter, health, load } = heartbeat;
  const values = ['chroom heartbeat 1', session, counter, health, ...capacityValues(load.leased), load.cpuPermille];
  values.push(load.egressBps, load.packetsPerSecond, load.sessions, load.rssBytes);
  return createHmac('sha256', secret)
    .update(values.map((value) => `${value}\n`).join(''))
    .digest();
}

function capacityValues(capacity: Capacity): (bigint | number | string)[] {
  return [capacity.egressBps, capacity.packetsPerSecond, capacity.sessions, capacity.workers];
}

export const noCapacity: Capacity = { egressBps: 0n, packetsPerSecond: 0n, sessions: 0, workers: 0 };

/** The load of a member that carries no media (an orchestrator), and of a node before its first heartbeat. */
export const noLoad: LoadReport = {
  leased: noCapacity,
  cpuPermille: 0,
  egressBps: 0n,
  packetsPerSecond: 0n,
  sessions: 0,
  rssBytes: 0n,
};
