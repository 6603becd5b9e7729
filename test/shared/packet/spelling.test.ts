import { describe, expect, it } from "vitest";
import { chainFamilies, misspelling } from "../../../shared/packet/index.ts";

const evm = "0x14779F992B2F2c42b8660Ffa42DBcb3C7C9930B0";
const aleo = "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px";

describe("the one spelling of an address", () => {
  it("is known for EVM and Aleo", () => {
    expect(chainFamilies).toEqual(["evm", "aleo"]);
  });

  it("is EIP-55 on EVM chains", () => {
    expect(misspelling("evm", evm)).toBeUndefined();
    expect(misspelling("evm", evm.toLowerCase())).toBe("is not in EIP-55 spelling");
    expect(misspelling("evm", `0x${evm.slice(2).toUpperCase()}`)).toBe("is not in EIP-55 spelling");
  });

  it("is free of letter case where there are no letters", () => {
    expect(misspelling("evm", `0x${"1".repeat(40)}`)).toBeUndefined();
  });

  it.each(["", "0x", evm.slice(0, -1), `${evm}0`, evm.replace("F992", "f992"), aleo])(
    "refuses %j on EVM chains",
    (text) => {
      expect(misspelling("evm", text)).toBe("is not a valid EVM address (0x and 40 hex digits, EIP-55)");
    },
  );

  it("is lower-case bech32m on Aleo", () => {
    expect(misspelling("aleo", aleo)).toBeUndefined();
  });

  it.each(["", "aleo1", aleo.toUpperCase(), `${aleo.slice(0, -1)}q`, evm])("refuses %j on Aleo", (text) => {
    expect(misspelling("aleo", text)).toBe("is not a valid Aleo address (aleo1…, bech32m, a point of the group)");
  });
});
