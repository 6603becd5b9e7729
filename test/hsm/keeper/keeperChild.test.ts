import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

describe("a keeper for which there are no descriptors", () => {
  it("is not started, and whoever wanted to start it goes on", async () => {
    const script = path.join(import.meta.dirname, "../support/withoutDescriptors.ts");
    const limited = ["-c", 'ulimit -n 64; exec "$0" "$1"', process.execPath, script];
    const { stdout, stderr } = await promisify(execFile)("/bin/sh", limited);
    expect({ stdout, stderr }).toEqual({ stdout: "keeper_unavailable, and goes on\n", stderr: "" });
  });
});
