import { createHash } from 'node:crypto';
import { chooseNode, type NodeChoice } from './choose-node.js';
import type { Capacity, Demand, NodeCandidate } from './node-candidate.js';

/** Everything that decided an allocation, as JSON: 64-bit numbers are decimal text. Bounded by `kMostCandidates`. */
export interface AllocationInputs {
  readonly version: 1;
  readonly seed: string;
  readonly demand: CapacityJson & { readonly region: string };
  readonly nodes: readonly CandidateJson[];
  /** Nodes that were asked for a lease and refused, in this order. */
  readonly refusals: readonly { readonly nodeId: string; readonly code: string }[];
}

interface CapacityJson {
  readonly egressBps: string;
  readonly packetsPerSecond: string;
  readonly sessions: number;
}

interface CandidateJson {
  readonly nodeId: string;
  readonly region: string;
  readonly state: string;
  readonly health: string;
  readonly capacity: CapacityJson;
  readonly leased: CapacityJson;
  readonly cpuPermille: number;
}

/** More nodes than this are not looked at for one room; the best by score are kept. About 300 bytes each when stored. */
export const kMostCandidates = 200;

/** The inputs to record before the first lease is asked for. */
export function allocationInputs(nodes: readonly NodeCandidate[], demand: Demand, seed: string): AllocationInputs {
  return {
    version: 1,
    seed,
    demand: { ...capacityToJson(demand), region: demand.region },
    nodes: shortlist(nodes, demand, seed).map(candidateToJson),
    refusals: [],
  };
}

export function withRefusal(inputs: AllocationInputs, nodeId: bigint, code: string): AllocationInputs {
  return { ...inputs, refusals: [...inputs.refusals, { nodeId: nodeId.toString(), code }] };
}

/** The ranking that the inputs give; nodes that refused are still in it. */
export function rankFromInputs(inputs: AllocationInputs): NodeChoice {
  return chooseNode(inputs.nodes.map(candidateFromJson), demandFromJson(inputs.demand), inputs.seed);
}

/** The node that these inputs allocate: the best that did not refuse. Undefined: none. */
export function replayAllocation(inputs: AllocationInputs): bigint | undefined {
  const refused = new Set(inputs.refusals.map((refusal) => refusal.nodeId));
  return rankFromInputs(inputs).ranked.find((node) => !refused.has(node.nodeId.toString()))?.nodeId;
}

/** SHA-256 of the inputs in canonical form (keys sorted, no spaces), lower-case hex. */
export function hashAllocationInputs(inputs: AllocationInputs): string {
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

function shortlist(nodes: readonly NodeCandidate[], demand: Demand, seed: string): NodeCandidate[] {
  const byId = [...nodes].sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
  if (byId.length <= kMostCandidates) return byId;
  const best = new Set(
    chooseNode(byId, demand, seed)
      .ranked.slice(0, kMostCandidates)
      .map((node) => node.nodeId),
  );
  return byId.filter((node) => best.has(node.nodeId));
}

function candidateToJson(node: NodeCandidate): CandidateJson {
  const { nodeId, region, state, health, cpuPermille } = node;
  const capacity = capacityToJson(node.capacity);
  return { nodeId: `${nodeId}`, region, state, health, capacity, leased: capacityToJson(node.leased), cpuPermille };
}

function candidateFromJson(json: CandidateJson): NodeCandidate {
  const capacity = capacityFromJson(json.capacity);
  return { ...json, nodeId: BigInt(json.nodeId), capacity, leased: capacityFromJson(json.leased) };
}

function capacityToJson({ egressBps, packetsPerSecond, sessions }: Capacity): CapacityJson {
  return { egressBps: `${egressBps}`, packetsPerSecond: `${packetsPerSecond}`, sessions };
}

function capacityFromJson(json: CapacityJson): Capacity {
  return {
    egressBps: BigInt(json.egressBps),
    packetsPerSecond: BigInt(json.packetsPerSecond),
    sessions: json.sessions,
  };
}

function demandFromJson(json: AllocationInputs['demand']): Demand {
  return { ...capacityFromJson(json), region: json.region };
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
