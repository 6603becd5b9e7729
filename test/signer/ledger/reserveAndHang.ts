import { systemClock } from "../../../shared/clock/index.ts";
import { ledgerIdOf, openLedger } from "../../../signer/ledger/index.ts";
import { addresses, sampleReservation } from "../samples.ts";

/** Reserves sequence 7 and 8, releases 7, says so, and then waits to be killed. */
const [file = ""] = process.argv.slice(2);
const ledger = openLedger(file, systemClock, "");
await ledger.reserve(sampleReservation());
await ledger.reserve(sampleReservation({ sequence: 8n }));
await ledger.release(ledgerIdOf(sampleReservation()), {
  signature: `0x${"ab".repeat(64)}1b`,
  signer: addresses.receiver,
  custody: "hsm",
});
process.stdout.write("released\n");
setInterval(() => {}, 60_000);
