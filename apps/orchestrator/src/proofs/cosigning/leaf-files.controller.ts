import type { IncomingMessage } from 'node:http';
import { ChroomError, type Hex } from '@chroom/protocol';
import { packedLeafBytes, settlementPaths, signedHeaderName } from '@chroom/protocol/proofs';
import { leafFileLeavesMax } from '@chroom/receipts';
import { Controller, Get, Header, Headers, HttpCode, Param, Put, Req, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Clock } from '../../clock/clock.js';
import { CallerRate } from './caller-rate.js';
import { CosignRefused } from './cosign-refused.js';
import { CosignStore } from './cosign-store.js';
import { LeafFileStore } from './leaf-file-store.js';
import { NodeHeaders } from './node-headers.js';
import { readLeafFile } from './read-leaf-file.js';

/** A node that signs a second header for an epoch has changed its mind once; a third file has no honest reason. */
const filesPerBatchMax = 3;

/**
 * Leaf files. Whoever puts one shows the header that the node has signed: it names the hash and the number of leaves,
 * so the sender is known and the size is fixed before a byte is read. Anybody may get one; its name is its hash.
 */
@ApiExcludeController()
@Controller(settlementPaths.leafFiles)
export class LeafFilesController {
  constructor(
    private readonly rate: CallerRate,
    private readonly headers: NodeHeaders,
    private readonly files: LeafFileStore,
    private readonly cosigned: CosignStore,
    private readonly clock: Clock,
  ) {}

  @Put(':hash')
  @HttpCode(204)
  async put(
    @Param('hash') name: string,
    @Headers(signedHeaderName) signed: string | undefined,
    @Req() request: IncomingMessage,
  ): Promise<void> {
    this.rate.admit(request.socket.remoteAddress);
    const hash = hashOf(name);
    const { header } = this.headers.fromRequestHeader(signed);
    if (header.data !== hash) {
      throw new ChroomError('INVALID_ARGUMENT', `expected the file that the signed header names, ${header.data}`);
    }
    if (await this.files.has(hash)) return;
    const { nodeId, epoch, leaves } = header;
    const signedByUs = await this.cosigned.countReceipts(nodeId, epoch);
    if (leaves === 0 || leaves > Math.min(signedByUs, leafFileLeavesMax)) {
      const reason = `expected 1 to ${signedByUs} leaves, as many as receipts were signed, received ${leaves}`;
      throw new CosignRefused('Header', reason);
    }
    if ((await this.files.countOf(nodeId, epoch)) >= filesPerBatchMax) {
      throw new ChroomError('LIMIT_EXCEEDED', `expected at most ${filesPerBatchMax} leaf files of one node and epoch`);
    }
    await this.rate.hold(async () => {
      const bytes = await readLeafFile(request, leaves * packedLeafBytes, hash);
      await this.files.put(header, bytes, this.clock.nowMs());
    });
  }

  @Get(':hash')
  @Header('cache-control', 'public, max-age=31536000, immutable')
  async get(@Param('hash') name: string, @Req() request: IncomingMessage): Promise<StreamableFile> {
    this.rate.admit(request.socket.remoteAddress);
    const hash = hashOf(name);
    const bytes = await this.rate.hold(() => this.files.find(hash));
    if (bytes) return new StreamableFile(bytes, { type: 'application/octet-stream', length: bytes.length });
    throw new ChroomError(
      'LEAF_FILE_UNKNOWN',
      `there is no leaf file ${hash}; it is kept until a day after settlement`,
    );
  }
}

function hashOf(name: string): Hex {
  if (/^0x[0-9a-f]{64}$/.test(name)) return name as Hex;
  throw new ChroomError('INVALID_ARGUMENT', 'expected 0x and 64 lower-case digits as the name of a leaf file');
}
