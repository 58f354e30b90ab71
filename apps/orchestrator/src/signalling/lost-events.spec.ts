import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LeaveRequest_Action } from '@livekit/protocol';
import { joinCall } from './testing/call-steps.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

describe('a break of the event stream that is too long to resume', () => {
  let orchestrator: TestOrchestrator;
  beforeEach(async () => {
    orchestrator = await startTestOrchestrator();
  });
  afterEach(() => orchestrator.close());

  it('removes those whose end was among lost events, and nobody who has just come', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    await orchestrator.passTime(10_000);
    const carol = await joinCall(orchestrator, 'carol');
    orchestrator.node.loseEvents(new Set([orchestrator.node.sessionOf('bob').sid]));
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RECONNECT });
    await bob.nextWhere(
      'update',
      ({ participants }) => participants[0]!.identity === 'alice' && participants[0]!.state === 3,
    );
    await bob.settle();
    await carol.settle();
    for (const one of [bob, carol]) expect(one.cases()).not.toContain('leave');
  });
});
