import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { refuseStandby, standbyOf, takeOver } from "../../../signer/standby/index.ts";
import { createState, openState, type SignerState } from "../../../signer/state/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { samplePolicy } from "../samples.ts";

const active = "ab".repeat(16);
const approval = { statement: "", signatures: ["none"] };

function stateOf(standby: string | undefined): SignerState {
  const file = path.join(temporaryFolder(), "ledger.sqlite");
  createState(file, "database", samplePolicy(), systemClock, standby);
  const state = openState(file, systemClock, "");
  onTestFinished(() => state.close());
  return state;
}

describe("a ledger that no token can vouch for", () => {
  it("does not sign while it is a standby", () => {
    expect(() => refuseStandby(stateOf(active))).toThrow(
      expect.objectContaining({
        code: "setup_needed",
        message: expect.stringContaining(`standby of ledger ${active}`),
      }),
    );
  });

  it("is no standby unless it was made as one, and then has nothing to take over", async () => {
    const state = stateOf(undefined);
    expect(() => refuseStandby(state)).not.toThrow();
    await expect(takeOver(state, approval)).rejects.toMatchObject({ code: "conflict" });
  });

  it("takes over by signatures only, and once: nothing turns it back", async () => {
    const state = stateOf(active);
    await expect(takeOver(state, approval)).rejects.toMatchObject({ code: "approval_refused" });
    const run = (sql: string) => () => state.read((database) => database.exec(sql));
    expect(run("DELETE FROM standby")).toThrow("stays one until it has taken over");
    expect(run(`UPDATE standby SET of_ledger = '${"cd".repeat(16)}'`)).toThrow("takes over once");
    run("UPDATE standby SET took_over_at_ms = 1")();
    expect(run("UPDATE standby SET took_over_at_ms = NULL")).toThrow("takes over once");
    expect(state.read(standbyOf)).toEqual({ of: active, hasTakenOver: true });
    expect(await takeOver(state, approval), "its keys may still have to be bound").toBe(active);
  });
});
