import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const refused = expect.stringMatching(/^(key_missing|key_attribute|key_mismatch|hsm_error|invalid_field)$/);

describe("a module that answers with attributes by chance", () => {
  it("crashes no keeper and opens no key, at the start or later", async () => {
    const seed = randomInt(2 ** 31);
    console.log(`seed ${seed}`);
    for (let round = 0; round < 2; round += 1) {
      module.garble(seed + round);
      await expect(keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))] })).rejects.toMatchObject({ code: refused });
    }
    module.behave();
    const keeper = await keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], callDeadlineMs: 20_000 });
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
});
