import { createHash } from 'node:crypto';
import type { Demand, NodeCandidate } from './node-candidate.js';

export interface RankedNode {
  readonly nodeId: bigint;
  /** Lower is better; see `scoreOf`. */
  readonly score: number;
  readonly reason: string;
}

export interface NodeChoice {
  /** Best first; ask them for a lease in this order. */
  readonly ranked: readonly RankedNode[];
  /** Nodes that cannot serve the demand, and why. */
  readonly unfit: readonly { readonly nodeId: bigint; readonly reason: string }[];
}

/** New work stops when a node would be filled above this share: what is left is for the rooms that it has. */
const kFullestPermille = 800;
/** Nodes within one step of load count as equal, so that rooms spread instead of following one report. */
const kLoadStepPermille = 50;
/** Larger than any load: another region is used only when the wanted one has no node. */
const kOtherRegionPenalty = 2_000;
const kSuspectPenalty = 4_000;
const kDegradedPenalty = 300;

/**
 * Orders the nodes for a room. Pure: the same arguments give the same answer on every machine. `seed` (the room's sid)
 * decides between equals, so that different rooms prefer different nodes.
 */
export function chooseNode(nodes: readonly NodeCandidate[], demand: Demand, seed: string): NodeChoice {
  const ranked: (RankedNode & { readonly tie: string })[] = [];
  const unfit: { nodeId: bigint; reason: string }[] = [];
  for (const node of nodes) {
    const obstacle = obstacleOf(node, demand);
    if (obstacle !== undefined) unfit.push({ nodeId: node.nodeId, reason: obstacle });
    else ranked.push({ ...scoreOf(node, demand), tie: tieBreak(seed, node.nodeId) });
  }
  ranked.sort((left, right) => left.score - right.score || (left.tie < right.tie ? -1 : 1));
  unfit.sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
  return { ranked: ranked.map(({ nodeId, score, reason }) => ({ nodeId, score, reason })), unfit };
}

function obstacleOf(node: NodeCandidate, demand: Demand): string | undefined {
  if (node.state !== 'live' && node.state !== 'suspect') return `it is ${node.state}`;
  if (node.health === 'draining') return 'it is draining';
  const loads = loadsPermille(node, demand);
  const fullest = loads.reduce((worst, load) => (load.permille > worst.permille ? load : worst));
  if (fullest.permille > kFullestPermille) {
    return `${fullest.name} would be at ${percent(fullest.permille)}, at most ${percent(kFullestPermille)} is given out`;
  }
  return undefined;
}

/** Load in steps of 5 %, plus penalties. */
function scoreOf(node: NodeCandidate, demand: Demand): RankedNode {
  const loads = loadsPermille(node, demand);
  const fullest = Math.max(...loads.map((load) => load.permille));
  let score = Math.floor(fullest / kLoadStepPermille) * kLoadStepPermille;
  const notes = loads.map((load) => `${load.name} ${percent(load.permille)}`);
  if (demand.region !== '') {
    const same = node.region === demand.region;
    notes.push(same ? `in ${node.region}` : `in ${node.region || 'an unnamed region'}, wanted ${demand.region}`);
    if (!same) score += kOtherRegionPenalty;
  }
  if (node.state === 'suspect') score += kSuspectPenalty;
  if (node.state === 'suspect') notes.push('a heartbeat is missing');
  if (node.health === 'degraded') score += kDegradedPenalty;
  if (node.health === 'degraded') notes.push('degraded');
  return { nodeId: node.nodeId, score, reason: notes.join(', ') };
}

/** Each resource after the demand was added, in thousandths of its capacity. Integers, rounded up. */
function loadsPermille(node: NodeCandidate, demand: Demand): { readonly name: string; readonly permille: number }[] {
  const { capacity, leased } = node;
  return [
    { name: 'egress', permille: permille(leased.egressBps + demand.egressBps, capacity.egressBps) },
    {
      name: 'packets',
      permille: permille(leased.packetsPerSecond + demand.packetsPerSecond, capacity.packetsPerSecond),
    },
    { name: 'sessions', permille: permille(BigInt(leased.sessions + demand.sessions), BigInt(capacity.sessions)) },
    { name: 'cpu', permille: node.cpuPermille },
  ];
}

function permille(used: bigint, total: bigint): number {
  if (used === 0n) return 0;
  if (total === 0n) return 1_000_000;
  const value = (used * 1000n + total - 1n) / total;
  return value > 1_000_000n ? 1_000_000 : Number(value);
}

function percent(permilleValue: number): string {
  return `${permilleValue / 10} %`;
}

function tieBreak(seed: string, nodeId: bigint): string {
  return createHash('sha256').update(`${seed}/${nodeId}`).digest('hex');
}
