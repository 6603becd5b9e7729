import { describe, expect, it } from "vitest";
import { createChangeableToken } from "../support/changeableToken.ts";
import { demanded, generateForeignKey } from "../support/inToken.ts";

describe("a token that somebody initialises again while the keeper has it open", () => {
  it("has lost the key: the keeper says so and stays down", async () => {
    await using token = await createChangeableToken();
    token.initialiseAgain(token.hsm.pin);
    await expect(token.attest()).rejects.toMatchObject({ code: "key_missing", data: { key: "key" } });
    await token.staysDown("has no private key with id 0x0001 and label key");
  });

  it("and given another key under the same id and label is refused: the public key is compared again", async () => {
    await using token = await createChangeableToken();
    token.initialiseAgain(token.hsm.pin);
    generateForeignKey(token.hsm, { id: "0001", label: "key", template: demanded });
    await expect(token.attest()).rejects.toMatchObject({
      code: "key_mismatch",
      data: { key: "key", expected: token.hsm.keys[0]?.address },
    });
    await token.staysDown("the configuration pins");
  });
});
