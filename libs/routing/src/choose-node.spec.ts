import { describe, expect, it } from '@jest/globals';
import {
  allocationInputs,
  chooseNode,
  type Demand,
  hashAllocationInputs,
  kMostCandidates,
  type NodeCandidate,
  replayAllocation,
  withRefusal,
} from './index.js';

const node = (nodeId: number, changes: Partial<NodeCandidate> = {}): NodeCandidate => ({
  nodeId: BigInt(nodeId),
  region: 'eu',
  state: 'live',
  health: 'ok',
  capacity: { egressBps: 1_000_000_000n, packetsPerSecond: 100_000n, sessions: 1_000 },
  leased: { egressBps: 0n, packetsPerSecond: 0n, sessions: 0 },
  cpuPermille: 0,
  ...changes,
});
const demand: Demand = { egressBps: 10_000_000n, packetsPerSecond: 1_000n, sessions: 10, region: '' };
const leased = (egressBps: bigint) => ({ egressBps, packetsPerSecond: 0n, sessions: 0 });
const order = (nodes: NodeCandidate[], wanted = demand, seed = 'RM_a') =>
  chooseNode(nodes, wanted, seed).ranked.map((ranked) => Number(ranked.nodeId));

describe('chooseNode', () => {
  it('prefers the node with the lower load after the demand', () => {
    expect(order([node(1, { leased: leased(500_000_000n) }), node(2, { leased: leased(100_000_000n) })])).toEqual([
      2, 1,
    ]);
  });

  it('judges a node by its scarcest resource', () => {
    const busy = node(1, { cpuPermille: 700 });
    const sessions = node(2, { leased: { egressBps: 0n, packetsPerSecond: 0n, sessions: 300 } });
    expect(order([busy, sessions])).toEqual([2, 1]);
  });

  it.each([
    ['announced without a heartbeat', { state: 'announced' }, /announced/],
    ['dead', { state: 'dead' }, /dead/],
    ['draining', { state: 'draining' }, /draining/],
    ['draining by its own word', { health: 'draining' }, /draining/],
    ['above 80 % of egress with the demand', { leased: leased(791_000_000n) }, /egress would be at 80.1 %/],
    ['above 80 % of cpu', { cpuPermille: 801 }, /cpu would be at 80.1 %/],
    ['of no capacity', { capacity: { egressBps: 0n, packetsPerSecond: 0n, sessions: 0 } }, /would be at/],
  ])('leaves out a node that is %s', (_what, changes, reason) => {
    const choice = chooseNode([node(1, changes)], demand, 'RM_a');
    expect(choice.ranked).toEqual([]);
    expect(choice.unfit[0]?.reason).toMatch(reason);
  });

  it('takes exactly 80 %', () => {
    expect(order([node(1, { leased: leased(790_000_000n) })])).toEqual([1]);
  });

  it('uses another region only after every node of the wanted one', () => {
    const full = node(1, { region: 'us', leased: leased(700_000_000n) });
    expect(order([node(2), full], { ...demand, region: 'us' })).toEqual([1, 2]);
  });

  it('uses a suspect node last', () => {
    expect(order([node(1, { state: 'suspect' }), node(2, { region: 'us' })], { ...demand, region: 'eu' })).toEqual([
      2, 1,
    ]);
  });

  it('spreads rooms over equal nodes, independent of the order of the list', () => {
    const nodes = [node(1), node(2), node(3)];
    const firsts = Array.from({ length: 300 }, (_, i) => order(nodes, demand, `RM_${i}`)[0]);
    const reversed = Array.from({ length: 300 }, (_, i) => order([...nodes].reverse(), demand, `RM_${i}`)[0]);
    expect(reversed).toEqual(firsts);
    for (const id of [1, 2, 3]) expect(firsts.filter((first) => first === id).length).toBeGreaterThan(70);
  });
});

describe('allocation inputs', () => {
  const nodes = [node(1), node(2), node(3, { leased: leased(600_000_000n) })];

  it('replay to the same node after a round trip through JSON', () => {
    const inputs = allocationInputs(nodes, demand, 'RM_a');
    const stored = JSON.parse(JSON.stringify(inputs));
    expect(replayAllocation(stored)).toBe(BigInt(order(nodes)[0] ?? 0));
    expect(hashAllocationInputs(stored)).toBe(hashAllocationInputs(inputs));
  });

  it('replay past nodes that refused', () => {
    const [first, second] = order(nodes).map(BigInt);
    const inputs = withRefusal(allocationInputs(nodes, demand, 'RM_a'), first ?? 0n, 'NO_CAPACITY');
    expect(replayAllocation(inputs)).toBe(second);
  });

  it('have one hash whatever the order of keys, and another when an input changes', () => {
    const inputs = allocationInputs(nodes, demand, 'RM_a');
    const shuffled = Object.fromEntries(Object.entries(inputs).reverse()) as unknown as typeof inputs;
    expect(hashAllocationInputs(shuffled)).toBe(hashAllocationInputs(inputs));
    const other = allocationInputs([node(1), node(2)], demand, 'RM_a');
    expect(hashAllocationInputs(other)).not.toBe(hashAllocationInputs(inputs));
  });

  it('keep a bounded number of candidates without changing the choice', () => {
    const many = Array.from({ length: kMostCandidates * 3 }, (_, i) => node(i + 1, { cpuPermille: i % 700 }));
    const inputs = allocationInputs(many, demand, 'RM_a');
    expect(inputs.nodes).toHaveLength(kMostCandidates);
    expect(replayAllocation(inputs)).toBe(chooseNode(many, demand, 'RM_a').ranked[0]?.nodeId);
  });
});
