import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Every refusal leaves as `{code, message}` with the catalog's HTTP status. */
@Catch()
export class CodedErrorsFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly bodyMaxBytes: number,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, code, message } = this.describe(error);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, message }));
  }

  private describe(error: unknown): { status: number; code: string; message: string } {
    if (error instanceof ChroomError) return { status: error.httpStatus, code: error.code, message: error.message };
    const parserFault = (error instanceof HttpException ? error.cause : error) as { type?: unknown } | undefined;
    const status = error instanceof HttpException ? error.getStatus() : 0;
    if (parserFault?.type === 'entity.too.large' || status === 413) {
      return { status: 413, code: 'PAYLOAD_TOO_LARGE', message: `The body is larger than ${this.bodyMaxBytes} bytes.` };
    }
    if (parserFault?.type === 'entity.parse.failed') {
      return { status: 400, code: 'INVALID_ARGUMENT', message: 'The body is not JSON.' };
    }
    if (error instanceof HttpException && status < 500) {
      return { status, code: status === 404 ? 'UNIMPLEMENTED' : 'INVALID_ARGUMENT', message: error.message };
    }
    const id = randomBytes(6).toString('hex');
    this.logger.error('a request failed', { id, error });
    return { status: 500, code: 'INTERNAL', message: `A fault of ours; the log has the cause under ${id}.` };
  }
}
