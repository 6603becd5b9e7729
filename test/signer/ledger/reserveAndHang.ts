import { systemClock } from "../../../shared/clock/index.ts";
import { ledgerIdOf, ledgerIn } from "../../../signer/ledger/index.ts";
import { openState } from "../../../signer/state/index.ts";
import { addresses, sampleReservation } from "../samples.ts";

/** Reserves sequence 7 and 8, releases 7, says so, and then waits to be killed. */
const [file = ""] = process.argv.slice(2);
const state = openState(file, systemClock, "");
const ledger = ledgerIn(state);
await state.decide((transaction) => ledger.reserve(transaction, sampleReservation()));
await state.decide((transaction) => ledger.reserve(transaction, sampleReservation({ sequence: 8n })));
await state.decide((transaction) =>
  ledger.release(transaction, ledgerIdOf(sampleReservation()), {
    signature: `0x${"ab".repeat(64)}1b`,
    signer: addresses.receiver,
    custody: "hsm",
  }),
);
process.stdout.write("released\n");
setInterval(() => {}, 60_000);
