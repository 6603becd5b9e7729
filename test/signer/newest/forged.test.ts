import { SigningKey } from "ethers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { testKey } from "../../support/testKeeper.ts";
import { type PacketChanges, sampleReservation } from "../samples.ts";
import { type NewestWorld, newestWorld, oneToTwo, twoToOne, type WireAttestation } from "./newestWorld.ts";

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

let world: NewestWorld;
let real: WireAttestation;

beforeEach(async () => {
  world = await newestWorld();
  await world.start(["chain-a", "chain-b"]);
  await world.showNothing(["chain-a"]);
  await world.show(null);
  real = await world.attest(1n);
  await world.start(["chain-a"]);
});

/** An attestation that nobody ever asked for, by any key. */
function forged(key: number, packet: PacketChanges = { sequence: 9n }, changes: object = {}): object {
  const { client: _, ...content } = sampleReservation(packet);
  const signature = new SigningKey(testKey(key).privateKey).sign(content.digest).serialized as Hex;
  return { ...attestationToWire(content), signature, signer: "0x00", custody: "hsm", ...changes };
}

/** The other signature that everybody can make out of one: (r, n − s), with the other v. */
function twin(signature: string): string {
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}`;
}

describe("a client that lies", () => {
  it.each<[string, () => object, RegExp]>([
    ["by a key of its own", () => forged(7), /a signature that is not by the route's key/],
    ["by the key of another route", () => forged(1), /a signature that is not by the route's key/],
    ["with bytes that are no signature", () => forged(7, {}, { signature: `0x${"11".repeat(65)}` }), /a signature/],
    [
      "with a true one's signature under another packet",
      () => ({ ...forged(7, { sequence: 9n }), signature: real.signature }),
      /a signature that is not by the route's key/,
    ],
    [
      "with a true one's digest and signature under another packet",
      () => ({ ...real, packet: { ...(real.packet as object), sequence: "9" } }),
      /another packet hash than its packet/,
    ],
    [
      "with the other verdict written over a true one",
      () => ({ ...real, verdict: { ...(real.verdict as object), result: "flagged" } }),
      /another digest than its packet with verdict flagged/,
    ],
    ["with the twin of a true one's signature", () => ({ ...real, signature: twin(real.signature) }), /a signature/],
    ["of another deployment", () => ({ ...real, deployment: "other" }), /is of another route/],
    [
      "whose packet cannot be hashed",
      () => ({ ...real, packet: { ...(real.packet as object), destination: { chain_id: "2", address: "nowhere" } } }),
      /a packet that its scheme cannot hash/,
    ],
  ])("cannot stop the signer by an attestation %s", async (_what, make, reason) => {
    expect(await world.show(make())).toMatchObject({
      status: 400,
      body: { code: "invalid_field", data: { field: "routes.0.newest", reason: expect.stringMatching(reason) } },
    });
    expect(await world.status()).toMatchObject({
      rollbacks: [],
      clients: [{ name: "chain-a", newest: "missing" }, {}],
    });
    expect((await world.show(real)).status).toBe(200);
    expect(await world.readiness()).toEqual({ ready: true, reasons: [] });
    expect(await (await world.ops("/metrics")).text()).not.toContain('code="rollback"');
  });

  it("cannot make a proof of a true attestation by the other spelling of its v", async () => {
    const v = Number.parseInt(real.signature.slice(-2), 16) - 27;
    expect((await world.show({ ...real, signature: `${real.signature.slice(0, -2)}0${v}` })).status).toBe(200);
    expect(await world.readiness()).toEqual({ ready: true, reasons: [] });
  });

  it("does not take a proof back by putting a forged one beside it", async () => {
    const client = await world.client("chain-a");
    const routes = [
      { route: oneToTwo, newest: forged(2) },
      { route: twoToOne, newest: real },
    ];
    expect(await client.request("PUT", "/v1/clients/self/newest", { routes })).toMatchObject({ status: 409 });
    expect((await world.readiness()).ready).toBe(false);
  });
});

describe("what is no list of a client's routes", () => {
  const routes = (...list: object[]) => ({ routes: list.map((route) => ({ route, newest: null })) });
  it.each<[string, () => unknown, RegExp]>([
    ["leaves one out", () => routes(oneToTwo), /must name local\/2\/1 once, with null where there is nothing/],
    ["names one twice", () => routes(oneToTwo, oneToTwo, twoToOne), /must name local\/1\/2 once/],
    [
      "names one of nobody",
      () => routes(oneToTwo, twoToOne, { ...oneToTwo, source: "3" }),
      /is no route of this client/,
    ],
    ["is none", () => ({ routes: null }), /array/i],
    ["says nothing of one", () => ({ routes: [{ route: oneToTwo }, { route: twoToOne, newest: null }] }), /missing/],
  ])("is refused if it %s", async (_what, body, reason) => {
    const client = await world.client("chain-a");
    const answer = await client.request("PUT", "/v1/clients/self/newest", body());
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringMatching(reason) } });
    expect(await world.wanted("chain-a")).toMatchObject({ newest: "missing" });
  });
});
