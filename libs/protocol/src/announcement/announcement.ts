import { isIP } from 'node:net';
import { z } from 'zod';
import { MEMBER_KINDS, memberIdSchema } from '../members/member.js';
import { bytes32, signature65, u32, u64, unixTimeMs } from '../wire/wire-values.js';

/** An announcement is refused when it was signed longer ago than this, or further in the future. */
export const ANNOUNCEMENT_MAX_AGE_MS = 60_000;
export const ANNOUNCEMENT_MAX_ENDPOINTS = 64;
/** JSON of the largest announcement that the schema admits stays below this. */
export const ANNOUNCEMENT_MAX_BYTES = 8192;

export const endpointSchema = z.strictObject({
  /** IPv4 or IPv6 literal. */
  address: z
    .string()
    .max(45)
    .refine((text) => isIP(text) !== 0, 'expected an IPv4 or IPv6 address'),
  port: z.number().int().min(1).max(65_535),
});
export type Endpoint = z.output<typeof endpointSchema>;

/** What a node can carry, or what a part of it is promised to. As NodeCapacity of the control API. */
export const capacitySchema = z.strictObject({
  egressBps: u64,
  packetsPerSecond: u64,
  sessions: u32,
  workers: u32.max(1024),
});
export type Capacity = z.output<typeof capacitySchema>;

/**
 * What a member says about itself, signed by its registered key. Nodes and orchestrators use the same words: an
 * orchestrator announces its client address as `controlUrl` and no endpoints; both pin each other's TLS keys by it.
 */
export const announcementSchema = z.strictObject({
  kind: z.enum(MEMBER_KINDS),
  id: memberIdSchema,
  /** Node: https, its control API. Orchestrator: where clients connect. */
  controlUrl: z
    .string()
    .max(256)
    .regex(/^(https?|wss?):\/\/[\x21-\x7e]+$/)
    .refine((text) => URL.canParse(text), 'expected a URL'),
  /** UDP endpoints of the media engine. */
  endpoints: z.array(endpointSchema).max(ANNOUNCEMENT_MAX_ENDPOINTS),
  /** A hint for placement such as "eu-central"; empty: unknown. */
  region: z
    .string()
    .max(64)
    .regex(/^[a-z0-9-]*$/),
  capacity: capacitySchema,
  softwareVersion: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x20-\x7e]+$/),
  /** SHA-256 of the SubjectPublicKeyInfo of the TLS key that this member serves and connects with. */
  tlsSpkiSha256: bytes32,
  /** Grows with every announcement of this member, also over restarts. */
  sequence: u64,
  issuedAtMs: unixTimeMs,
});
export type Announcement = z.output<typeof announcementSchema>;

export const signedAnnouncementSchema = z.strictObject({ announcement: announcementSchema, signature: signature65 });
export type SignedAnnouncement = z.output<typeof signedAnnouncementSchema>;
export type SignedAnnouncementJson = z.input<typeof signedAnnouncementSchema>;
