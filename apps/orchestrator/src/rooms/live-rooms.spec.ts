import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CreateRoomRequest,
  DataPacket,
  DataPacket_Kind,
  DisconnectReason,
  LeaveRequest_Action,
  SendDataRequest,
  UpdateParticipantRequest,
} from '@livekit/protocol';
import { joinCall } from '../signalling/testing/call-steps.js';
import { startTestOrchestrator, type TestOrchestrator } from '../signalling/testing/test-orchestrator.js';
import { claimsOf } from './testing/fake-ports.js';

const key = { projectId: 'project', roomName: 'room' };
let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

describe('LiveRooms', () => {
  it('makes a room once, also when two ask at the same time', async () => {
    const request = new CreateRoomRequest({ name: 'room', metadata: 'm', maxParticipants: 1, emptyTimeout: 7 });
    const [first, second] = await Promise.all([
      orchestrator.rooms.createRoom('project', 'key', request),
      orchestrator.rooms.createRoom('project', 'key', new CreateRoomRequest({ name: 'room', metadata: 'other' })),
    ]);
    expect(second).toEqual(first);
    expect(first).toMatchObject({ name: 'room', metadata: 'm', maxParticipants: 1, emptyTimeout: 7 });
    expect(orchestrator.events.map(({ name }) => name)).toEqual(['room_started']);
    await joinCall(orchestrator, 'alice');
    await expect(orchestrator.join(claimsOf('bob'))).rejects.toMatchObject({ status: 429 });
  });

  it('keeps projects apart', async () => {
    await joinCall(orchestrator, 'alice');
    expect(await orchestrator.rooms.listRooms('other', [])).toEqual([]);
    const asked = orchestrator.rooms.listParticipants({ projectId: 'other', roomName: 'room' });
    await expect(asked).rejects.toMatchObject({ code: 'ROOM_UNKNOWN' });
    expect(await orchestrator.rooms.listRooms('project', ['room', 'none'])).toHaveLength(1);
    expect(await orchestrator.rooms.listRooms('project', ['none'])).toEqual([]);
  });

  it('deletes a room: everybody is told, the node forgets it', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    await orchestrator.rooms.deleteRoom(key);
    expect(await alice.next('leave')).toMatchObject({
      reason: DisconnectReason.ROOM_DELETED,
      action: LeaveRequest_Action.DISCONNECT,
    });
    expect(orchestrator.node.closedRooms).toHaveLength(1);
    await expect(orchestrator.rooms.deleteRoom(key)).rejects.toMatchObject({ code: 'ROOM_UNKNOWN' });
    expect(orchestrator.events.at(-1)!.name).toBe('room_finished');
  });

  it('removes one participant and leaves the others', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    await joinCall(orchestrator, 'bob');
    await orchestrator.rooms.removeParticipant(key, 'alice');
    expect(await alice.next('leave')).toMatchObject({ reason: DisconnectReason.PARTICIPANT_REMOVED });
    expect((await orchestrator.rooms.listParticipants(key)).map(({ identity }) => identity)).toEqual(['bob']);
    const again = orchestrator.rooms.removeParticipant(key, 'alice');
    await expect(again).rejects.toMatchObject({ code: 'PARTICIPANT_UNKNOWN' });
  });

  it('changes metadata of the room and of a participant, removes attributes by empty values, keeps what is absent', async () => {
    const alice = await joinCall(orchestrator, 'alice', {
      claims: { metadata: 'old', attributes: { a: '1', b: '2' } },
    });
    await orchestrator.rooms.updateRoomMetadata(key, 'topic');
    expect((await alice.nextWhere('roomUpdate', ({ room }) => room?.metadata === 'topic')).room?.name).toBe('room');
    const request = new UpdateParticipantRequest({ identity: 'alice', name: 'Alice', attributes: { a: '', c: '3' } });
    const info = await orchestrator.rooms.updateParticipant(key, request);
    expect(info).toMatchObject({ name: 'Alice', metadata: 'old', attributes: { b: '2', c: '3' } });
    expect(info.attributes).not.toHaveProperty('a');
    const large = orchestrator.rooms.updateRoomMetadata(key, 'm'.repeat(600_000));
    await expect(large).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('sends data through the node, to whom it is meant for, once per nonce', async () => {
    await joinCall(orchestrator, 'alice');
    await joinCall(orchestrator, 'bob');
    const bob = orchestrator.node.sessionOf('bob').sid;
    const request = new SendDataRequest({
      data: Uint8Array.of(1, 2),
      kind: DataPacket_Kind.RELIABLE,
      topic: 't',
      destinationIdentities: ['bob'],
      nonce: Uint8Array.of(9),
    });
    await orchestrator.rooms.sendData(key, request);
    await orchestrator.rooms.sendData(key, request);
    expect(orchestrator.node.sentData).toHaveLength(1);
    const sent = orchestrator.node.sentData[0]!;
    expect(sent).toMatchObject({ reliable: true, destinationSessions: [bob] });
    expect(DataPacket.fromBinary(sent.packet).value).toMatchObject({
      case: 'user',
      value: { payload: Uint8Array.of(1, 2), topic: 't' },
    });
    await orchestrator.rooms.sendData(key, new SendDataRequest({ destinationIdentities: ['nobody'] }));
    expect(orchestrator.node.sentData).toHaveLength(1);
    const large = orchestrator.rooms.sendData(key, new SendDataRequest({ data: new Uint8Array(70_000) }));
    await expect(large).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('simulates faults only where that is allowed', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.send({ case: 'simulate', value: { scenario: { case: 'serverLeave', value: true } } });
    expect((await alice.next('requestResponse')).message).toMatch(/PERMISSION_DENIED/);
    const open = await startTestOrchestrator({ environment: { CHROOM_ROOM_SIMULATE: 'true' } });
    try {
      const bob = await joinCall(open, 'bob');
      bob.send({ case: 'simulate', value: { scenario: { case: 'leaveRequestFullReconnect', value: true } } });
      expect((await bob.next('leave')).action).toBe(LeaveRequest_Action.RECONNECT);
    } finally {
      await open.close();
    }
  });
});
