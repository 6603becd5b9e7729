import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attribute } from "../../../hsm/pkcs11/constants.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf } from "../support/keepers.ts";
import { packetWith } from "../support/packets.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

afterAll(() => hsm.remove());

/** CK_UNAVAILABLE_INFORMATION (PKCS#11 2.40 §3.1). */
const unavailable = 2n ** 64n - 1n;

const pinned = () => module.through(specOf(hsm, 0));
const refused = expect.stringMatching(/^(key_missing|key_attribute|key_mismatch|hsm_error|invalid_field)$/);

describe("a module that answers with attributes by chance", () => {
  it("crashes no keeper and opens no key, at the start or later", async () => {
    const seed = randomInt(2 ** 31);
    console.log(`seed ${seed}`);
    for (let round = 0; round < 2; round += 1) {
      module.garble(seed + round);
      await expect(keeperOf(hsm, { keys: [pinned()] })).rejects.toMatchObject({ code: refused });
    }
    module.behave();
    const keeper = await keeperOf(hsm, { keys: [pinned()], callDeadlineMs: 20_000 });
    const attest = () => keeper.attest({ key: "key", packet: packetWith({}), verdict: "white" });
    await attest();
    module.garble(seed);
    module.plan("C_SignInit", 0x82, 1); // the keys are looked for again
    await expect(attest()).rejects.toMatchObject({ code: refused });
    module.behave();
    await until("the keeper to be up again", () => keeper.status().up, 60_000);
    await attest();
    await keeper.close();
  });

  const [flag, id] = [attribute.CKA_SIGN, attribute.CKA_ID];
  it.each<[string, number, { announced?: bigint; given?: bigint }]>([
    ["more bytes than it announced", flag, { given: 40n }],
    ["so many more that there is nothing there to read", id, { given: 1n << 40n }],
    ["a length that no memory has room for", id, { announced: 1n << 62n, given: 1n << 62n }],
    ["the length that stands for no value", flag, { announced: unavailable, given: unavailable }],
    ["no value after it announced one", flag, { given: unavailable }],
  ])("that gives %s opens no key, and takes nobody with it but the keeper", async (_what, type, lengths) => {
    module.substitute(type, Buffer.of(1), lengths);
    await expect(keeperOf(hsm, { keys: [pinned()] })).rejects.toMatchObject({ code: refused });
    module.behave();
  });
});
