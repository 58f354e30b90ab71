import type { IncomingMessage } from 'node:http';
import { ChroomError, encodeWire } from '@chroom/protocol';
import { cosignAnswerSchema, settlementPaths } from '@chroom/protocol/proofs';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { readRawBody } from '../../http/raw-body.js';
import { CallerRate } from './caller-rate.js';
import { CosignBatch } from './cosign-batch.js';
import { NodeHeaders } from './node-headers.js';

const largestRequestBytes = 4_096;

/** Operators' settlements ask for our signature; the signature of the node in the request says who asks. */
@ApiExcludeController()
@Controller(settlementPaths.cosign)
export class CosignController {
  constructor(
    private readonly rate: CallerRate,
    private readonly headers: NodeHeaders,
    private readonly cosignBatch: CosignBatch,
  ) {}

  @Post()
  @HttpCode(200)
  async cosign(@Req() request: IncomingMessage) {
    this.rate.admit(request.socket.remoteAddress);
    const body = await readRawBody(request, largestRequestBytes);
    const orchSignature = await this.cosignBatch.cosign(this.headers.fromBody(parse(body)));
    return encodeWire(cosignAnswerSchema, { orchSignature });
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ChroomError('INVALID_ARGUMENT', 'the body is not JSON');
  }
}
