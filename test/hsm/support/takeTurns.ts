/** Takes 200 turns at a file; in each, adds one to the number in another file, as two steps that must not be mixed with another's. */
import { readFileSync, writeFileSync } from "node:fs";
import { inTurn } from "../../../hsm/pin/loginTurn.ts";

const [file = "", counter = ""] = process.argv.slice(2);
for (let turn = 0; turn < 200; turn += 1) {
  inTurn(file, 30_000, () => writeFileSync(counter, `${Number(readFileSync(counter, "utf8")) + 1}`));
}
