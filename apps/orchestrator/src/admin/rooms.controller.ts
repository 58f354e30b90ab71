import type { Room } from '@livekit/protocol';
import { Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { LiveRooms } from '../rooms/live-rooms.port.js';
import { AdminController } from './admin-api.js';
import { RoomList, RoomView } from './views.js';

/** The live rooms of a project. */
@AdminController('projects/:projectId/rooms', 'rooms')
export class RoomsController {
  constructor(private readonly rooms: LiveRooms) {}

  @Get()
  @ApiOkResponse({ type: RoomList })
  async list(@Param('projectId') projectId: string): Promise<RoomList> {
    return { items: (await this.rooms.listRooms(projectId, [])).map(view) };
  }

  @Delete(':roomName')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Everybody was sent away' })
  async remove(@Param('projectId') projectId: string, @Param('roomName') roomName: string): Promise<void> {
    await this.rooms.deleteRoom({ projectId, roomName });
  }
}

function view(room: Room): RoomView {
  return {
    sid: room.sid,
    name: room.name,
    participants: room.numParticipants,
    publishers: room.numPublishers,
    createdAt: new Date(Number(room.creationTime) * 1000).toISOString(),
    metadata: room.metadata,
  };
}
