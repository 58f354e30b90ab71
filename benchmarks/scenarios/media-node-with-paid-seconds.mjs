// The media node, but one process that is now with settlement and now without: what it looks up of an orchestrator before a
// session, and how it counts what is not signed for, is left out in unpaid seconds.
import { RequiredFund } from '../../apps/media-node/dist/funds/required-fund.js';
import { UnsignedService } from '../../apps/media-node/dist/receipts/unsigned-service.js';
import { inPaidSecondsOnly } from './paid-seconds.mjs';

inPaidSecondsOnly(RequiredFund, 'require');
inPaidSecondsOnly(UnsignedService, 'requireSigned');
/** Counts by totals: what is left out is counted in the next paid second. */
inPaidSecondsOnly(UnsignedService, 'take');

await import('../../apps/media-node/dist/main.js');
