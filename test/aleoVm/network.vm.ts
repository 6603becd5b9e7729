import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { freePortBase } from "../e2e/ports.ts";
import { attestor } from "../support/attestor.ts";

/** Three attestors with SoftHSM, a collector, two Anvil chains, and a node of its own whose virtual machine runs the bridge. */
it("packets between EVM and Aleo are attested by a quorum and executed, both ways, by the real virtual machine", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "attestor-aleo-vm-"));
  try {
    const at = ["--folder", folder, "--port-base", `${await freePortBase()}`];
    const { code, stdout, stderr } = await attestor(["up", "--aleo", "--once", "--packets", "4", ...at]);
    expect(stderr).toBe("");
    expect(stdout).toContain("a development node with the real virtual machine");
    for (const id of ["1001/1003/1", "1003/1001/1", "1001/1002/1", "1002/1001/1"]) {
      expect(stdout).toMatch(new RegExp(`${id} .* executed`));
    }
    expect(stdout).toContain("4 of 4 packets executed with the right vote");
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
