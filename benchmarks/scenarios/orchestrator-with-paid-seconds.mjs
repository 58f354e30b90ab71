// The orchestrator, but one process that is now with settlement and now without: sessions of rooms whose names begin with a
// prefix get no grant, as nobody does with CHROOM_GRANTS=off, and receipts are made and delivered in paid seconds alone.

import { setTimeout as pause } from 'node:timers/promises';
import { DeliverReceipts } from '../../apps/orchestrator/dist/proofs/delivery/deliver-receipts.js';
import { ReceiptWriter } from '../../apps/orchestrator/dist/proofs/receipts/receipt-writer.js';
import { RecordKeeper } from '../../apps/orchestrator/dist/proofs/record/record-keeper.js';
import { unpaidPrefix, untilPaidMs } from './paid-seconds.mjs';

replace(
  RecordKeeper,
  'take',
  (take) =>
    function (fact) {
      if (fact.kind !== 'admitted' || !fact.roomName.startsWith(unpaidPrefix)) take.call(this, fact);
    },
);
/** Called each second, so that what is left out is done in the next paid one. */
replace(
  ReceiptWriter,
  'write',
  (write) =>
    async function (isAll) {
      if (isAll || untilPaidMs(Date.now()) === 0) await write.call(this, isAll);
    },
);
replace(
  DeliverReceipts,
  'run',
  (run) =>
    async function () {
      await pause(untilPaidMs(Date.now()));
      await run.call(this);
    },
);

await import('../../apps/orchestrator/dist/main.js');

function replace({ name, prototype }, method, by) {
  if (typeof prototype[method] !== 'function') throw new Error(`expected a method ${method} of ${name}, found none`);
  prototype[method] = by(prototype[method]);
}
