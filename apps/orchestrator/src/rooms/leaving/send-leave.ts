import { type DisconnectReason, LeaveRequest, LeaveRequest_Action } from '@livekit/protocol';
import type { SignalSink } from '../signal-sink.js';

export interface LeaveNotice {
  readonly reason: DisconnectReason;
  readonly action: LeaveRequest_Action;
}

/** The last message on a connection. */
export function sendLeave(sink: SignalSink | undefined, notice: LeaveNotice): void {
  if (sink) tellToLeave(sink, notice);
  sink?.close();
}

/** The client closes the connection, in its own time. Clients before protocol 13 read `can_reconnect` only. */
export function tellToLeave(sink: SignalSink, notice: LeaveNotice): void {
  sink.send({
    case: 'leave',
    value: new LeaveRequest({
      reason: notice.reason,
      action: notice.action,
      canReconnect: notice.action !== LeaveRequest_Action.DISCONNECT,
    }),
  });
}
