import { expect, test } from "vitest";
import { z } from "zod";
import type { EvmRpc } from "../../../chain/source/evm/rpc.ts";
import { sharingAnswers } from "../../../chain/source/evm/sharedAnswers.ts";
import { AttestorError } from "../../../shared/errors/index.ts";

const text = z.string();

/** A provider whose answers the test gives, in the order of the questions. */
function provider() {
  const asked: PromiseWithResolvers<string>[] = [];
  const rpc = sharingAnswers({
    chain: "alpha",
    request() {
      const question = Promise.withResolvers<string>();
      asked.push(question);
      return question.promise;
    },
    logs: async () => [],
    unusable: (reason) => new AttestorError("rpc_answer_unusable", { chain: "alpha", provider: "p", reason }),
  } as EvmRpc);
  return { asked, ask: (block: string, height = 5) => rpc.request("eth_getBlockByNumber", [block], text, height) };
}

test("the same question is asked once while it is unanswered, and again afterwards", async () => {
  const { asked, ask } = provider();
  const both = [ask("0x5"), ask("0x5")];
  expect(asked).toHaveLength(1);
  asked[0]?.resolve("first");
  expect(await Promise.all(both)).toEqual(["first", "first"]);
  const later = ask("0x5");
  asked[1]?.resolve("second");
  expect(await later).toBe("second");
});

test("another question, or one about another height, is another", () => {
  const { asked, ask } = provider();
  for (const question of [ask("0x5"), ask("0x6"), ask("0x5", 6)]) question.catch(() => {});
  expect(asked).toHaveLength(3);
});

test("whoever shares a question shares its fault, and the next one asks anew", async () => {
  const { asked, ask } = provider();
  const both = [ask("0x5"), ask("0x5")];
  asked[0]?.reject(new Error("gone"));
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const later = ask("0x5");
  asked[1]?.resolve("there again");
  expect(await later).toBe("there again");
});
