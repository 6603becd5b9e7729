import fc from "fast-check";
import { expect } from "vitest";
import { ledgerIdOf } from "../../../signer/ledger/index.ts";
import { chosenSeed } from "../../support/random.ts";
import { addresses, sampleReservation } from "../samples.ts";
import { temporaryLedger } from "./temporaryLedger.ts";

/** Few ids, packets and verdicts, so that runs collide; half of the reservations are "signed" at once, some never. */
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      sequence: fc.bigInt(1n, 3n),
      amount: fc.bigInt(1n, 2n),
      verdict: fc.constantFrom("white" as const, "flagged" as const),
      crashBeforeRelease: fc.boolean(),
      signature: fc.integer({ min: 16, max: 255 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);

/** Random reservations, releases, crashes and restarts over a few packet ids, as many histories as `runs` says. */
export async function checkOnceOnly(runs: number): Promise<void> {
  const seed = chosenSeed();
  console.log(`ledger property test: seed ${seed}`);
  const files = temporaryLedger();
  let deployment = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      deployment += 1; // a run of its own inside one file
      const signed = new Map<bigint, string>();
      const released = new Map<bigint, string>();
      for (const step of actions) {
        if (step.kind === "restart") {
          files.reopen();
          continue;
        }
        const { sequence, amount, verdict } = step;
        const request = sampleReservation({ sequence, message: { amount } }, verdict, {
          deployment: `run-${deployment}`,
        });
        const reserved = await files.ledger.reserve(request);
        if (reserved.state === "reserved" || reserved.state === "signing") {
          expect(signed.get(sequence) ?? request.digest).toBe(request.digest);
          signed.set(sequence, request.digest);
          expect(released.get(sequence)).toBeUndefined();
          if (step.crashBeforeRelease) continue;
          const signature = `0x${step.signature.toString(16).repeat(65)}` as const;
          const release = { signature, signer: addresses.receiver, custody: "hsm" as const };
          released.set(sequence, (await files.ledger.release(ledgerIdOf(request), release)).signature);
        } else {
          const attestation =
            reserved.state === "signed" || reserved.code === "verdict_already_given" ? reserved.attestation : undefined;
          if (reserved.state === "signed") expect(reserved.attestation.digest).toBe(request.digest);
          else expect(signed.get(sequence)).not.toBe(request.digest);
          if (attestation) expect(attestation.signature).toBe(released.get(sequence));
        }
      }
    }),
    { seed, numRuns: runs },
  );
}
