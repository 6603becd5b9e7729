import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signerOf } from "../../shared/ecdsa/index.ts";
import { check } from "../../shared/schema/index.ts";
import type { PinnedClient } from "../../shared/tls/index.ts";
import { type Attestation, attestationSchema, attestationToWire } from "../../shared/wire/index.ts";
import { verifyLedger } from "../../signer/index.ts";
import { until } from "../hsm/support/until.ts";
import {
  createFaultyModule,
  type FaultyAction,
  type FaultyFunction,
  type FaultyModule,
} from "../support/native/faultyModule.ts";
import type { SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { createHsmWorld } from "./hsmWorld.ts";
import { sampleRequest } from "./samples.ts";

let hsm: SoftHsm;
let world: SignerWorld;
let module: FaultyModule;
let client: PinnedClient;
let sequence = 0n;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld({
    change(settings, token) {
      module = createFaultyModule(token);
      for (const key of settings.keys) key.uri = module.through(key).uri;
      settings.keeper = { sessions: 2, callDeadline: "2s" };
    },
  }));
  await world.start();
  client = await world.client();
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

const readiness = async () => (await (await world.ops("/readyz")).json()) as { ready: boolean; reasons: string[] };

beforeEach(async () => {
  module.behave();
  await until("the signer to be ready", async () => (await readiness()).ready, 60_000);
  expect((await ask(++sequence)).status).toBe(200); // so that pauses between rebuilds start from the shortest again
});

async function ask(number: bigint) {
  const answer = await client.request(
    "POST",
    "/v1/attestations",
    attestationToWire(sampleRequest({ sequence: number })),
  );
  const { code, attestation } = answer.body as { code?: string; attestation?: unknown };
  const given = attestation === undefined ? undefined : check(attestationSchema, attestation, "attestation");
  return { status: answer.status, code, attestation: given };
}

function expectRight(attestation: Attestation | undefined): void {
  if (!attestation) throw new Error("nothing was attested");
  expect(signerOf(attestation.signature, attestation.digest)).toBe(hsm.keys[1]?.address);
}

/** Each fault of a device by itself is the business of test/hsm/keeper; here it is what clients see of one of each kind. */
describe("a signer whose HSM", () => {
  it.each<[string, FaultyFunction, FaultyAction | number]>([
    ["never answers", "C_SignInit", "hang"],
    ["signs other bytes", "C_Sign", "wrong"],
    ["is gone", "C_Sign", 0x32],
  ])(
    "%s releases nothing, answers everybody meanwhile, and signs that very packet when it is well",
    async (_what, call, action) => {
      const packet = ++sequence;
      const before = await ask(packet - 1n);
      module.plan(call, action);
      const failing = ask(packet);
      expect((await client.request("GET", "/v1/keys")).status).toBe(200);
      expect(await ask(packet - 1n), "what is signed is in the ledger").toEqual(before);
      expect(await failing).toMatchObject({ status: 503, attestation: undefined });
      expect((await world.ops("/livez")).status).toBe(200);

      module.behave();
      await until("the signer to be ready", async () => (await readiness()).ready, 60_000);
      expectRight((await ask(packet)).attestation);
    },
  );

  it("gives high s only releases low s", async () => {
    module.plan("C_Sign", "highS");
    for (let round = 0; round < 4; round += 1) expectRight((await ask(++sequence)).attestation); // signerOf takes no high s
  });

  it("signs by the sessions that it has opened, and looks for no key twice", async () => {
    const counted = ["C_OpenSession", "C_FindObjectsInit"] as const;
    const numbers = Array.from({ length: 16 }, () => ++sequence);
    await Promise.all(numbers.slice(0, 4).map(ask));
    const before = counted.map((name) => module.calls(name));
    const answers = await Promise.all(numbers.slice(4).map(ask));
    for (const { attestation } of answers) expectRight(attestation);
    expect(counted.map((name) => module.calls(name))).toEqual(before);
  });

  it("did all that left a sound ledger", async () => {
    await world.signer.stop();
    expect(verifyLedger(`${world.folder}/ledger.sqlite`)).toMatchObject({ problems: [] });
  });
});
