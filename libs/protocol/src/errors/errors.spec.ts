import { readFileSync } from 'node:fs';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { errorCatalog } from './catalog.js';
import { ChroomError } from './chroom-error.js';
import { fromRpcError, toRpcError } from './rpc-error.js';

describe('docs/errors.md', () => {
  it('mirrors the catalog', () => {
    const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = Object.entries(errorCatalog).map(
      ([code, { httpStatus, rpc, about }]) => `| \`${code}\` | ${httpStatus} | ${rpc} | ${about} |`,
    );
    expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });
});

describe('errors over gRPC', () => {
  it('keep code, status and sentence', () => {
    const sent = toRpcError(new ChroomError('TRACK_UNKNOWN', 'no track TR_1: list the tracks'));
    expect([sent.code, sent.rawMessage]).toEqual([Code.NotFound, 'TRACK_UNKNOWN: no track TR_1: list the tracks']);
    expect(fromRpcError(sent)).toMatchObject({ code: 'TRACK_UNKNOWN', message: 'no track TR_1: list the tracks' });
  });

  it('are not invented for errors without a code of ours', () => {
    expect(fromRpcError(new ConnectError('EVIL_CODE: hello', Code.Internal))).toBeUndefined();
    expect(fromRpcError(new ConnectError('deadline passed', Code.DeadlineExceeded))).toBeUndefined();
    expect(fromRpcError(new Error('TRACK_UNKNOWN: no'))).toBeUndefined();
  });
});
