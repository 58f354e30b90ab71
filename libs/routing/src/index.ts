export {
  type AllocationInputs,
  allocationInputs,
  hashAllocationInputs,
  kMostCandidates,
  rankFromInputs,
  replayAllocation,
  withRefusal,
} from './allocation-inputs.js';
export { chooseNode, type NodeChoice, type RankedNode } from './choose-node.js';
export type { Capacity, Demand, NodeCandidate } from './node-candidate.js';
