import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { faultOf, knownReturnValues, unnamedReturnValue } from "../../../hsm/pkcs11/faults.ts";
import { repository } from "../../support/attestor.ts";

describe("the faults of a device", () => {
  it("are each in the table that operators read, and nothing else is", () => {
    const page = readFileSync(path.join(repository, "docs/hsm.md"), "utf8");
    const [, section = ""] = page.split("## Know what happens when a device fails");
    const [table = ""] = section.split("\n## ");
    const documented = [...table.matchAll(/^\| (`CKR_[^|]*)\|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/CKR_\w+/g) ?? [],
    );
    expect(documented.sort()).toEqual([...knownReturnValues].sort());
  });

  it("are known by number too, for a binding that has no name for them", () => {
    expect(unnamedReturnValue(0x200)).toBe("CKR_0x200");
    expect(faultOf("CKR_0x200")).toEqual(faultOf("CKR_FUNCTION_REJECTED"));
  });

  it("that nobody has foreseen are taken for an unknown state of the device", () => {
    for (const code of ["CKR_0x80000101", "63 bytes", "", "unknown"]) {
      expect(faultOf(code)).toEqual(faultOf("CKR_DEVICE_ERROR"));
    }
  });
});
