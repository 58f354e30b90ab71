import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { databaseUnavailable, isDatabaseOutage } from '@chroom/database';
import { ChroomError } from '@chroom/protocol';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { kDatabaseUrlVariable } from '../database/orchestrator-database.js';

/** Every refusal of the admin API leaves as `{code, message}` with the HTTP status of the catalog. */
@Catch()
export class CodedErrorsFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, code, message } = describe(error, this.log);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, message }));
  }
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function describe(error: unknown, log: Logger): Refusal {
  const framework = frameworkRefusal(error);
  if (framework !== undefined) return framework;
  const coded = asCodedError(error, log);
  return { status: coded.httpStatus, code: coded.code, message: coded.message };
}

/** The coded form of anything that was thrown; faults of ours are logged under an id and told as INTERNAL. */
export function asCodedError(error: unknown, log: Logger): ChroomError {
  if (error instanceof ChroomError) return error;
  if (isDatabaseOutage(error)) return databaseUnavailable(kDatabaseUrlVariable, error);
  const id = randomBytes(6).toString('hex');
  log.error({ message: 'a request failed', id, error });
  return new ChroomError('INTERNAL', `A fault of ours; the log has the cause under ${id}.`, { cause: error });
}

/** Refusals of Nest and of its body parsers. */
function frameworkRefusal(error: unknown): Refusal | undefined {
  const { type, limit } = (error ?? {}) as { type?: unknown; limit?: unknown };
  if (type === 'entity.too.large') {
    return { status: 413, code: 'PAYLOAD_TOO_LARGE', message: `The body is larger than ${limit} bytes.` };
  }
  if (type === 'entity.parse.failed') {
    return { status: 400, code: 'INVALID_ARGUMENT', message: 'The body is not JSON.' };
  }
  if (!(error instanceof HttpException) || error.getStatus() >= 500) return undefined;
  const status = error.getStatus();
  if (status === 404) return { status, code: 'UNIMPLEMENTED', message: `There is nothing here: ${error.message}.` };
  return { status, code: 'INVALID_ARGUMENT', message: detailsOf(error) };
}

/** Validation pipes list every problem in the response body. */
function detailsOf(error: HttpException): string {
  const body = error.getResponse() as { message?: unknown };
  return Array.isArray(body.message) ? body.message.join('; ') : error.message;
}
