/** Why the room went to its node, as the admin API tells it. */
export async function fetchAllocation(ready, room) {
  const response = await fetch(`${ready.adminUrl}/allocations?room=${encodeURIComponent(room)}`, {
    headers: { authorization: `Bearer ${ready.adminToken}` },
  });
  if (!response.ok) throw new Error(`the admin API answered ${response.status}: ${await response.text()}`);
  const { items } = await response.json();
  const allocation = items[0];
  if (!allocation) throw new Error(`the admin API knows no allocation of room ${room}`);
  return {
    id: allocation.id,
    nodeId: allocation.nodeId,
    inputsHash: allocation.inputsHash,
    reasons: allocation.reasons,
  };
}
