/** Logs in 60 times with a PIN that a token takes, as far as the latch sees, and prints what the latch failed at. */
import { PinLatch } from "../../../hsm/pin/pinLatch.ts";
import { Secret } from "../../../shared/config/index.ts";
import { faultName } from "../../../shared/errors/index.ts";

const [folder = "", version = ""] = process.argv.slice(2);
const latch = new PinLatch(folder, { label: "signer", serial: "0f3b" });
for (let time = 0; time < 60; time += 1) {
  try {
    latch.beforeLogin({ value: new Secret("13572468"), version });
    latch.accepted();
  } catch (error) {
    process.stdout.write(`${faultName(error)}\n`);
  }
}
