// The orchestrator, but one process that is now with settlement and now without: sessions of rooms whose names begin with a
// prefix get no grant, as nobody does with CHROOM_GRANTS=off, and receipts are made and delivered in paid seconds alone.

import { setTimeout as pause } from 'node:timers/promises';
import { DeliverReceipts } from '../../apps/orchestrator/dist/proofs/delivery/deliver-receipts.js';
import { ReceiptWriter } from '../../apps/orchestrator/dist/proofs/receipts/receipt-writer.js';
import { RecordKeeper } from '../../apps/orchestrator/dist/proofs/record/record-keeper.js';
import { inPaidSecondsOnly, replaceMethod, unpaidPrefix, untilPaidMs } from './paid-seconds.mjs';

replaceMethod(
  RecordKeeper,
  'takeSoon',
  (takeSoon) =>
    function takePaid(fact) {
      if (fact.kind !== 'admitted' || !fact.roomName.startsWith(unpaidPrefix)) takeSoon.call(this, fact);
    },
);
/** Called each second, so that what is left out is done in the next paid one. */
inPaidSecondsOnly(ReceiptWriter, 'write');
replaceMethod(
  DeliverReceipts,
  'run',
  (run) =>
    async function runPaid() {
      await pause(untilPaidMs(Date.now()));
      await run.call(this);
    },
);

await import('../../apps/orchestrator/dist/main.js');
