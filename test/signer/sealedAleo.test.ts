import { describe, expect, it } from "vitest";
import type { Keeper } from "../../hsm/index.ts";
import { createSealedSigner } from "../../hsm/sealed/signer.ts";
import { accountOfSeed } from "../../shared/aleo/index.ts";
import { digestScheme, type Hex } from "../../shared/digest/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import { attestationSigner } from "../../shared/signature/index.ts";
import { attestationSchema, attestationToWire } from "../../shared/wire/index.ts";
import { exportHistory, importHistory, ledgerIdOf, readInterchange } from "../../signer/ledger/index.ts";
import { verifyLedger } from "../../signer/ledger/offline.ts";
import { judge } from "../../signer/newest/judge.ts";
import { testKeeper } from "../support/testKeeper.ts";
import { aleoRequest, aleoRoute } from "./aleoSamples.ts";
import { attestorWith, client } from "./attestorUnderTest.ts";
import { temporaryLedger } from "./ledger/temporaryLedger.ts";
import { policiesOf, sampleClient } from "./samples.ts";

const scheme = "verulink-aleo-schnorr";
const seed = Buffer.alloc(32, 5);
const { address } = accountOfSeed(seed);
const use = { scheme, deployment: "local", destination: 2n, custody: "sealed-software" } as const;
const key = { name: "to-two", uri: "", publicKey: address, address, ...use } as const;
const route = aleoRoute({ scheme });

/** What the process with the seeds does, in this one. */
async function sealedKeeper(): Promise<Keeper> {
  const readSeed = (buffer: Buffer) => seed.copy(buffer) === buffer.length;
  const signer = createSealedSigner({ readSeed, closeSeeds: () => {}, network: "none" });
  const { address: _, ...spec } = key;
  await signer.open({ keys: [spec], sessions: 1, stateFolder: "/", callDeadlineMs: 1 });
  return {
    ...testKeeper([], {}),
    async attest(request) {
      const { packet, verdict } = request;
      return {
        ...digestScheme(scheme).digestOf(packet, verdict),
        ...(await signer.attest({ key: key.name, packet, verdict })),
      };
    },
  };
}

async function attested(verdict: "white" | "flagged" = "white") {
  const { attestor, files } = attestorWith([key], {
    keeper: await sealedKeeper(),
    policies: policiesOf({ clients: [sampleClient({ schemes: [scheme] })], routes: [route] }),
  });
  const outcome = await attestor.attest(client, aleoRequest({}, verdict));
  if (outcome.outcome !== "approved") throw new Error(outcome.outcome);
  return { attestor, files, attestation: outcome.attestation };
}

describe("a signer with a sealed Aleo key", () => {
  it.each(["white", "flagged"] as const)(
    "attests a %s packet once, and says that the key is in software",
    async (verdict) => {
      const { attestor, attestation } = await attested(verdict);
      expect(attestation).toMatchObject({ scheme, signer: address, custody: "sealed-software" });
      expect(attestation.digest).toMatch(/^\d+field$/);
      expect(attestationSigner(attestation.signature, attestation.digest)).toBe(address);
      // another signature each time: the same one again comes from the ledger
      expect(await attestor.attest(client, aleoRequest({}, verdict))).toMatchObject({
        outcome: "approved",
        attestation,
      });
      expect(await attestor.attest(client, aleoRequest({ message: { amount: 11n } }, verdict))).toMatchObject({
        error: { code: "equivocation" },
      });
      const wire = parseJson(JSON.stringify(attestationToWire(attestation)));
      expect(check(attestationSchema, wire, "attestation")).toEqual(attestation);
    },
  );

  it("keeps the record through a restart, an export and an import, and verifies it", async () => {
    const { files, attestation } = await attested();
    const { state } = files.reopen();
    const text = state.read((database) => [...exportHistory(database, { minimal: false, nowMs: 0 })].join(""));
    const other = temporaryLedger();
    const hash: Hex = `0x${"ab".repeat(32)}`;
    const document = readInterchange(parseJson(text));
    await other.ledger.state.decide((transaction) => importHistory(transaction, document, hash));
    expect(other.ledger.find(ledgerIdOf(attestation))).toEqual([attestation]);
    state.close();
    expect(verifyLedger(files.file)).toMatchObject({ signed: 1, problems: [] });
  });

  it("sees by an attestation that a client holds that its ledger is an older copy", async () => {
    const { attestation } = await attested();
    const { state } = temporaryLedger().ledger;
    const says = (held: typeof attestation) => state.read((database) => judge(database, held, route, [key]));
    expect(says(attestation)).toEqual({ says: "rollback", presence: "absent" });
    const last = attestation.signature.at(-1) === "q" ? "p" : "q";
    const signature = `${attestation.signature.slice(0, -1)}${last}` as typeof attestation.signature;
    expect(says({ ...attestation, signature })).toMatchObject({ says: "forged" });
  });
});
