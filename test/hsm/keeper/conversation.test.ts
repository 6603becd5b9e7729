import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { converse } from "../../../hsm/keeper/conversation.ts";
import { recordLog } from "../support/keepers.ts";
import { packetWith } from "../support/packets.ts";

const conversation = () => {
  const connection = new PassThrough();
  return converse({ pid: 1, connection, end: () => connection.destroy(), logger: recordLog().logger });
};
const parameters = { key: "key", packet: packetWith({}), verdict: "white" } as const;

describe("a conversation with a keeper", () => {
  it("leaves nothing behind of a request that cannot be written: its end would be a rejection that nobody handles", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const keeper = conversation();
    const { message } = parameters.packet;
    const spoilt = { ...parameters.packet, message: { ...message, senderAddress: "a\tb" } };
    await expect(keeper.call("attest", { ...parameters, packet: spoilt }, 60_000)).rejects.toMatchObject({
      code: "internal",
    });
    keeper.kill("the test ends");
    await turn();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it.each([
    ["an answer to no request", "signed\t3\t0x00"],
    ["a second answer to one", "signed\t1\t0x00"],
    ["another operation's answer", '{"id":1,"result":{"keys":[]}}'],
    ["a line that is none", "\0\ufffd"],
    ["an error without an id", '{"id":null,"error":{"code":"internal","data":{"reason":"r"}}}'],
    ["an error of no known code", '{"id":1,"error":{"code":"unheard","data":{}}}'],
  ])("ends with %s, and every request with it", async (_what, line) => {
    const keeper = conversation();
    const [first, second] = ["first", "second"].map(() => keeper.call("attest", parameters, 60_000));
    const settled = Promise.allSettled([first, second]);
    if (line === "signed\t1\t0x00") keeper.onLine(`signed\t1\t0x${"11".repeat(64)}`);
    keeper.onLine(line);
    const outcomes = await settled;
    expect(outcomes.at(-1)).toMatchObject({ reason: { data: { reason: "it does not keep to the protocol" } } });
    await expect(keeper.call("attest", parameters, 60_000)).rejects.toMatchObject({ code: "keeper_unavailable" });
  });
});
