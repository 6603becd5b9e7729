/** Takes its turn at a file, says so, and stays in it until it is killed. */
import { writeSync } from "node:fs";
import { inTurn } from "../../../hsm/pin/loginTurn.ts";

inTurn(process.argv[2] ?? "", 10_000, () => {
  writeSync(1, "in turn\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
