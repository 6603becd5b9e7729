import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { sampleReservation } from "../samples.ts";
import { openLedger, temporaryLedger } from "./temporaryLedger.ts";

it("keeps its promises through kill -9 between SIGNING and SIGNED", async () => {
  const { file, ledger } = temporaryLedger();
  ledger.state.close();
  const script = new URL("./reserveAndHang.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  expect(String(line)).toBe("released\n");
  expect(() => openLedger(file)).toThrow(expect.objectContaining({ code: "database_in_use" }));
  child.kill("SIGKILL");
  await once(child, "exit");

  const reopened = openLedger(file);
  try {
    expect(await reopened.reserve(sampleReservation())).toMatchObject({ state: "signed" });
    expect(await reopened.reserve(sampleReservation({ sequence: 8n }))).toEqual({ state: "signing" });
    const other = { sequence: 8n, message: { amount: 11n } };
    expect(await reopened.reserve(sampleReservation(other))).toMatchObject({ code: "equivocation" });
    const flagged = await reopened.reserve(sampleReservation({ sequence: 8n }, "flagged"));
    expect(flagged).toMatchObject({ code: "verdict_already_given", given: "white", attestation: undefined });
  } finally {
    reopened.state.close();
  }
});
