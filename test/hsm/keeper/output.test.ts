import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "../support/keepers.ts";
import { until } from "../support/until.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

beforeEach(async () => {
  module.behave();
  keeper = await keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], callDeadlineMs: 60_000 });
});

afterEach(() => keeper.close());

afterAll(() => hsm.remove());

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heldMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const written = () => keeper.lines.filter(({ msg }) => msg === "the keeper wrote");

describe("what a vendor's module writes", () => {
  it("is logged up to 500 characters of a line, and takes no memory however long the line is", async () => {
    module.plan("C_Sign", "flood", 1);
    const before = heldMegabytes();
    await keeper.prove("key");
    expect(heldMegabytes() - before).toBeLessThan(16);
    await until("the beginning of the line", () => written().length > 0);
    expect(written()).toMatchObject([{ stream: "stderr", text: "x".repeat(500) }]);
  });

  it("is logged up to 100 lines a second, and how many more there were", async () => {
    module.plan("C_Sign", "spew", 1);
    const began = performance.now();
    await keeper.prove("key");
    const most = 100 * (Math.ceil((performance.now() - began) / 1_000) + 1);
    const omitted = () => written().reduce((sum, line) => sum + Number(line.omitted ?? 0), 0);
    await until("all lines", () => written().filter(({ text }) => text === "noise").length + omitted() === 200_000);
    expect(written().length).toBeLessThan(2 * most);
  });
});
