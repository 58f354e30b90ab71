import { z } from 'zod';
import {
  ANNOUNCEMENT_MAX_ENDPOINTS,
  capacitySchema,
  endpointSchema,
  signedAnnouncementSchema,
} from '../announcement/announcement.js';
import { HEALTH_WORDS, loadReportSchema } from '../announcement/heartbeat.js';
import { MEMBER_KINDS, memberIdSchema, memberSchema } from '../members/member.js';
import { bytes32, unixTimeMs } from '../wire/wire-values.js';

/** Paths of the registry's REST API. */
export const registryPaths = {
  announcements: '/v1/announcements',
  heartbeats: '/v1/heartbeats',
  nodes: '/v1/nodes',
  watchNodes: '/v1/nodes/watch',
  orchestrators: '/v1/orchestrators',
  watchOrchestrators: '/v1/orchestrators/watch',
  members: '/v1/members',
} as const;

export const announcementAcceptedSchema = z.strictObject({
  session: z.string().regex(/^[0-9a-f]{32}$/),
  /** Key of the heartbeats' MAC, 32 bytes, lower-case hex. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  heartbeatIntervalMs: z.number().int().min(100).max(60_000),
  serverTimeMs: unixTimeMs,
});
export type AnnouncementAccepted = z.output<typeof announcementAcceptedSchema>;

/** announced: no heartbeat yet. suspect: one is missing. dead: gone; not offered. draining: serves, takes nothing new. */
export const LIVENESS_STATES = ['announced', 'live', 'suspect', 'draining', 'dead'] as const;
export type LivenessState = (typeof LIVENESS_STATES)[number];

export const heartbeatAcceptedSchema = z.strictObject({ state: z.enum(LIVENESS_STATES) });
export type HeartbeatAccepted = z.output<typeof heartbeatAcceptedSchema>;

/** One announced member as discovery shows it. `signed` lets the reader check all but state, load and health itself. */
export const announcedMemberSchema = z.strictObject({
  id: memberIdSchema,
  kind: z.enum(MEMBER_KINDS),
  state: z.enum(LIVENESS_STATES),
  controlUrl: z.string().max(256),
  tlsSpkiSha256: bytes32,
  region: z.string().max(64),
  capacity: capacitySchema,
  load: loadReportSchema,
  health: z.enum(HEALTH_WORDS),
  endpoints: z.array(endpointSchema).max(ANNOUNCEMENT_MAX_ENDPOINTS),
  version: z.string().max(64),
  lastSeenMs: unixTimeMs,
  signed: signedAnnouncementSchema,
});
export type AnnouncedMember = z.output<typeof announcedMemberSchema>;
export type AnnouncedMemberJson = z.input<typeof announcedMemberSchema>;

export const discoverySchema = z.strictObject({
  /** State of the list; a watch from here misses nothing. */
  cursor: z.string().max(64),
  members: z.array(announcedMemberSchema).max(20_000),
});
export type Discovery = z.output<typeof discoverySchema>;

export const memberListViewSchema = z.strictObject({ members: z.array(memberSchema).max(20_000) });

/**
 * Events of a watch stream (server-sent events: `id` is the cursor, `data` this object as JSON).
 * `reset`: forget everything, the members that exist follow as `upsert`, then `ready`. A resumed stream has no reset.
 */
export const watchEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('reset') }),
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('upsert'), member: announcedMemberSchema }),
  z.strictObject({ type: z.literal('remove'), id: memberIdSchema }),
]);
export type WatchEvent = z.output<typeof watchEventSchema>;

/** Body of every refusal: a code of the catalog and its sentence. */
export const errorBodySchema = z.object({ code: z.string().max(64), message: z.string().max(2000) });
