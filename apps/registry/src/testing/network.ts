import { createHash, randomBytes } from 'node:crypto';
import {
  type Announcement,
  encodeWire,
  HEARTBEAT_INTERVAL_MS,
  type Health,
  type Hex,
  heartbeatSchema,
  type LoadReport,
  type Member,
  type MemberKind,
  memberId,
  noLoad,
  registryPaths,
  type SelfDescription,
  sealHeartbeat,
  signAnnouncement,
  signedAnnouncementSchema,
  signerAddressOf,
} from '@chroom/protocol';

export const CHAIN_ID = 31_337n;

/** A member with its key, for specs. */
export interface TestMember extends Member {
  readonly signerKey: Hex;
}

export function testMember(id: number, kind: MemberKind, active = true): TestMember {
  const signerKey: Hex = `0x${randomBytes(32).toString('hex')}`;
  return { id: memberId(id), kind, active, signerKey, signer: signerAddressOf(signerKey) };
}

export function listed({ id, kind, signer, active }: TestMember): Member {
  return { id, kind, signer, active };
}

export function describeMember(member: TestMember, changes: Partial<SelfDescription> = {}): SelfDescription {
  return {
    kind: member.kind,
    id: member.id,
    controlUrl: `https://127.0.0.1:${7000 + Number(member.id)}`,
    endpoints: [{ address: '127.0.0.1', port: 50_000 }],
    region: 'eu',
    capacity: { egressBps: 1_000_000_000n, packetsPerSecond: 500_000n, sessions: 1000, workers: 2 },
    softwareVersion: '0.1.0',
    tlsSpkiSha256: `0x${createHash('sha256').update(`key of ${member.id}`).digest('hex')}`,
    ...changes,
  };
}

export function sign(member: TestMember, changes: Partial<Announcement> = {}, signerKey = member.signerKey) {
  const announcement = { ...describeMember(member), sequence: 1n, issuedAtMs: Date.now(), ...changes };
  return signAnnouncement(announcement, CHAIN_ID, signerKey);
}

export async function signedJson(...parameters: Parameters<typeof sign>) {
  return encodeWire(signedAnnouncementSchema, await sign(...parameters));
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The registry's REST API as a spec speaks it, without our client. */
export function registryAt(url: string) {
  const post = async (path: string, body: unknown): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    announce: (body: unknown) => post(registryPaths.announcements, body),
    beat: (accepted: Answer, counter: number, health: Health = 'ok', load: LoadReport = noLoad) => {
      const unsealed = { session: String(accepted.body.session), counter, health, load };
      const secret = Buffer.from(String(accepted.body.secret), 'hex');
      return post(registryPaths.heartbeats, encodeWire(heartbeatSchema, sealHeartbeat(unsealed, secret)));
    },
    post,
    get: async (path: string): Promise<Answer> => {
      const response = await fetch(url + path);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  };
}
