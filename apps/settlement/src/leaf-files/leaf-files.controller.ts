import type { IncomingMessage } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { settlementPaths } from '@chroom/protocol/proofs';
import { LeafFileRequests } from '@chroom/receipts';
import { Controller, Get, Header, Param, Req, StreamableFile } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Hex } from 'viem';
import { findLeafFile } from '../storage/leaf-file-store.js';

/** Leaf files for everybody who checks: the name is the hash, so nobody needs to trust the answer. */
@Controller(settlementPaths.leafFiles)
export class LeafFilesController {
  constructor(
    private readonly database: DataSource,
    private readonly requests: LeafFileRequests,
  ) {}

  @Get(':hash')
  @Header('cache-control', 'public, max-age=31536000, immutable')
  async file(@Param('hash') hash: string, @Req() request: IncomingMessage): Promise<StreamableFile> {
    this.requests.admit(request.socket.remoteAddress);
    if (!/^0x[0-9a-f]{64}$/.test(hash)) {
      throw new ChroomError('INVALID_ARGUMENT', 'expected 0x and 64 lower-case digits as the name of a leaf file');
    }
    const bytes = await this.requests.hold(() => findLeafFile(this.database, hash as Hex));
    if (!bytes) throw new ChroomError('LEAF_FILE_UNKNOWN', `there is no leaf file ${hash}`);
    return new StreamableFile(bytes, { type: 'application/octet-stream', length: bytes.length });
  }
}
