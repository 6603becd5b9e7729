import { afterAll, beforeAll, expect, it } from "vitest";
import { attestationToWire } from "../../shared/wire/index.ts";
import { formatStatement } from "../../signer/index.ts";
import { type SettableTime, settableTime } from "../support/settableTime.ts";
import type { SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { createHsmWorld } from "./hsmWorld.ts";
import { sampleRequest } from "./samples.ts";
import { type SignerProcess, startSignerProcess } from "./signerProcess.ts";

let hsm: SoftHsm;
let world: SignerWorld;
let time: SettableTime;
let running: SignerProcess;
let port: number;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld());
  time = settableTime(world.folder);
  running = startSignerProcess(world.configFile, { ...hsm.env, ...time.environment });
  port = await running.ready();
  await world.showNothing([], port);
});
afterAll(async () => {
  await running.end("SIGKILL");
  await world.close();
  hsm.remove();
});

/** Two operators say that the clock is right. */
async function acknowledge(nowMs: number) {
  const operator = await world.client("olga", port);
  const { jump } = (await operator.request("GET", "/v1/clock")).body as { jump: { object: string } };
  const { ledger } = (await operator.request("GET", "/v1/status")).body as { ledger: string };
  const statement = formatStatement({
    action: "acknowledge-clock",
    object: jump.object,
    ledger,
    expiresMs: nowMs + 3_600_000,
  });
  const signatures = world.operators.map(({ sign }) => sign(statement));
  return operator.request("POST", "/v1/clock/acknowledge", { approval: { statement, signatures } });
}

it("a signer's process whose wall clock is set signs nothing until two operators acknowledge it", async () => {
  const client = await world.client("chain-a", port);
  const ask = (sequence: bigint) =>
    client.request("POST", "/v1/attestations", attestationToWire(sampleRequest({ sequence })));
  expect((await ask(1n)).status).toBe(200);

  time.set("+4m");
  expect((await ask(2n)).status, "a small step").toBe(200);
  time.set("+8m");
  for (const sequence of [3n, 1n]) {
    expect(await ask(sequence), "steps add up").toMatchObject({
      status: 503,
      body: {
        outcome: "failed",
        rule: "clock",
        inputs: { jump: "1", milliseconds: expect.stringMatching(/^4[78]\d{4}$/) },
      },
    });
  }
  const operator = await world.client("olga", port);
  expect((await operator.request("GET", "/v1/status")).body).toMatchObject({
    ready: false,
    reasons: [expect.stringContaining("the clock was set by 4")],
  });

  expect((await acknowledge(Date.now())).status).toBe(200);
  expect((await ask(3n)).status).toBe(200);

  time.set("-1h");
  expect(await ask(4n)).toMatchObject({ body: { rule: "clock", inputs: { jump: "2" } } });
  time.set("+8m");
  expect(await ask(4n), "a jump stays, though the clock is back").toMatchObject({ body: { rule: "clock" } });
  expect((await acknowledge(Date.now())).status).toBe(200);
  expect((await ask(4n)).status).toBe(200);
});

it("refuses a client's open connection when its certificate expires on it, and every new one", async () => {
  const open = await world.client("chain-a", port);
  expect((await open.request("GET", "/v1/keys")).status).toBe(200);
  time.set("+40d");
  expect(await open.request("GET", "/v1/keys")).toMatchObject({
    status: 403,
    body: { code: "client_refused", detail: "This client is not let in: its certificate has expired." },
  });
  const anew = await world.client("chain-a", port);
  await expect(anew.request("GET", "/v1/keys")).rejects.toMatchObject({ code: "peer_unreachable" });
});
