import { type EpochClock, type Member, systemClock } from '@chroom/protocol';
import { type Address, zeroHash } from 'viem';
import { RpcSource } from '../client/rpc-source.js';
import { developmentParameters } from '../deploy/network-parameters.js';
import { ChainFollower } from '../follower/chain-follower.js';
import { ChainMemberDirectory } from '../follower/chain-member-directory.js';
import type { FollowedNetwork } from '../follower/follow-network.js';
import { MemoryFollowerStore } from '../follower/follower-store.js';
import type { FollowedMember, KeyFrom, NetworkState } from '../follower/network-state.js';

const nobody: Address = `0x${'0'.repeat(40)}`;
const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const parameters = developmentParameters({ governor: nobody, guardian: nobody }, 0);

export interface FixedMember extends Member {
  /** Instead of `signer` from epoch 0 on. */
  readonly keys?: readonly KeyFrom[];
}

/** A network without a chain, for specs that have members and no changes: what was read once, and is never read again. */
export async function fixedNetwork(
  members: readonly FixedMember[],
  clock: EpochClock = { startSec: 0, slotSec: 1 },
  chainId = 31_337,
): Promise<FollowedNetwork> {
  const contracts = { chainId, core: address('c'), proofs: address('d'), token: address('e'), deploymentBlock: 0n };
  const facts = { contracts, clock };
  const state: NetworkState = {
    members: new Map(members.map((member) => [BigInt(member.id), followed(member)])),
    standards: [{ version: 0, fromEpoch: 0, standard: parameters.standard }],
  };
  const store = new MemoryFollowerStore();
  await store.save({ facts, blockNumber: 1n, blockHash: zeroHash, state });
  const source = new RpcSource('http://127.0.0.1:9');
  const follower = await ChainFollower.open({ source, facts, store });
  const directory = new ChainMemberDirectory(follower, clock, systemClock);
  return {
    source,
    facts,
    follower,
    directory,
    problem: () => undefined,
    close: () => Promise.resolve(directory.close()),
  };
}

/** One that is not active has left with the first epoch. */
function followed({ id, kind, signer, active, keys }: FixedMember): FollowedMember {
  return {
    id,
    kind,
    owner: nobody,
    activeFrom: 0,
    exitEpoch: active ? 0 : 1,
    capacityKbps: kind === 'node' ? 1_000_000 : 0,
    keys: keys ?? [{ signer, fromEpoch: 0 }],
  };
}
