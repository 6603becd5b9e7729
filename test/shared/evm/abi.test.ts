import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { bridgeAbi, tokenServiceAbi, votes } from "../../../shared/evm/index.ts";

describe("the interface of Verulink's contracts", () => {
  it("gives PacketDispatched the topic that the deployed bridges emit", () => {
    const topic = new Interface(bridgeAbi).getEvent("PacketDispatched")?.topicHash;
    expect(topic).toBe("0x23b9e965d90a00cd3ad31e46b58592d41203f5789805c086b955e34ecd462eb9");
  });

  it("has nothing indexed in its events", () => {
    for (const event of ["PacketDispatched", "Consumed"]) {
      const inputs = new Interface(bridgeAbi).getEvent(event)?.inputs ?? [];
      expect(inputs.length).toBeGreaterThan(0);
      expect(inputs.filter(({ indexed }) => indexed)).toEqual([]);
    }
  });

  it("has every read that a checker needs, and the two calls of a user", () => {
    const reads = new Interface(bridgeAbi).fragments.filter(({ type }) => type === "function");
    expect(reads.every((read) => "constant" in read && read.constant === true)).toBe(true);
    expect(new Interface(tokenServiceAbi).getFunction("transfer")?.format()).toBe("transfer(address,uint256,string)");
    expect(new Interface(tokenServiceAbi).getFunction("withdraw")?.format()).toBe(
      "withdraw((uint256,uint256,(uint256,string),(uint256,address),(string,address,uint256,address),uint256),bytes)",
    );
  });

  it("numbers the votes as the contract's enum: NULL 0, YEA 1, NAY 2", () => {
    expect(votes.indexOf("null")).toBe(0);
    expect(votes.indexOf("white")).toBe(1);
    expect(votes.indexOf("flagged")).toBe(2);
  });
});
