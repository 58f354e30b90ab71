/** What a node can carry, or has promised. */
export interface Capacity {
  readonly egressBps: bigint;
  readonly packetsPerSecond: bigint;
  readonly sessions: number;
}

/** What a room is expected to need. */
export interface Demand extends Capacity {
  /** Empty: no preference. */
  readonly region: string;
}

/** One media node as discovery shows it. */
export interface NodeCandidate {
  readonly nodeId: bigint;
  readonly region: string;
  /** As the registry words it: announced, live, suspect, draining, dead. */
  readonly state: string;
  /** ok, degraded or draining. */
  readonly health: string;
  readonly capacity: Capacity;
  /** Sum of the leases that the node reported last. It is a hint; the node itself grants or refuses. */
  readonly leased: Capacity;
  /** Busiest worker, 0..1000. */
  readonly cpuPermille: number;
}
