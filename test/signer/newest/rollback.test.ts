import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { exportLedger, importLedger, verifyAudit } from "../../../signer/index.ts";
import { rolledBack } from "../../../signer/newest/index.ts";
import { repository } from "../../support/attestor.ts";
import { sampleRequest } from "../samples.ts";
import { type NewestWorld, newestWorld, type WireAttestation } from "./newestWorld.ts";

let world: NewestWorld;
let newest: WireAttestation;
const at = (name: string) => path.join(world.folder, name);

/** Packet 1 is in the copy of the ledger that is put back, packet 2 was signed after it was made. */
beforeEach(async () => {
  world = await newestWorld();
  await world.start();
  await world.attest(1n);
  await world.signer.stop();
  world.backUp();
  await world.start();
  newest = await world.attest(2n);
  await world.signer.stop();
  exportLedger(at("ledger.sqlite"), { minimal: false, clock: systemClock }, (piece) =>
    writeFileSync(at("history.json"), piece, { flag: "a" }),
  );
  world.restore();
});

describe("a restored older copy of the ledger", () => {
  it("would sign again, and differently, if no client told", async () => {
    await world.start();
    const { status, body } = await world.ask(sampleRequest({ sequence: 2n, height: 999n }));
    expect(status).toBe(200);
    expect((body as { attestation: WireAttestation }).attestation.signature).not.toBe(newest.signature);
  });

  it("is found out by what a client holds, and all signing stops", async () => {
    await world.start(["chain-a"]);
    expect(await world.show(newest)).toMatchObject({
      status: 409,
      body: { code: "ledger_rolled_back", data: { packet: "1/2/2", deployment: "local" } },
    });
    for (const client of ["chain-a", "chain-b"]) {
      const other = sampleRequest({
        source: { chainId: 2n, address: sampleRequest().packet.destination.address },
        destination: { chainId: 1n, address: sampleRequest().packet.source.address },
      });
      expect(await world.ask(other, client)).toMatchObject({
        status: 503,
        retryAfterSeconds: expect.any(Number),
        body: { code: "failed", outcome: "failed", rule: "rollback", inputs: { client: "chain-a", packet: "1/2/2" } },
      });
    }
    expect(await world.ask(sampleRequest({ sequence: 1n })), "what was signed before either").toMatchObject({
      body: { rule: "rollback" },
    });
    expect(world.keeper.digests).toEqual([]);
    expect((await world.readiness()).reasons).toContain(rolledBack);
    const metrics = await (await world.ops("/metrics")).text();
    for (const line of [
      'signer_alarms_total{code="rollback"} 1',
      "signer_rollback_proofs 1",
      "signer_missing_clients 1",
    ]) {
      expect(metrics).toContain(line);
    }
    expect(await world.status()).toMatchObject({
      ready: false,
      rollbacks: [{ client: "chain-a", packet: "1/2/2", digest: newest.digest, presence: "absent" }],
    });
  });

  it("stays found out: another start and a client that takes it back change nothing", async () => {
    await world.start(["chain-a"]);
    await world.show(newest);
    await world.start();
    expect(await world.wanted("chain-a")).toMatchObject({ newest: "shown" });
    expect((await world.readiness()).reasons).toEqual([rolledBack]);
    expect(await world.ask()).toMatchObject({ status: 503, body: { rule: "rollback" } });
    expect(await (await world.ops("/metrics")).text()).toContain('signer_alarms_total{code="rollback"} 1');
    await world.signer.stop();
    expect(recordsOf("alarm")).toEqual([
      expect.objectContaining({ code: "rollback", client: "chain-a", packet: "1/2/2" }),
    ]);
    expect(() => tamper("DELETE FROM rollback_proofs")).toThrow(/never deleted/);
    expect(() => tamper("UPDATE rollback_proofs SET client = 'x'")).toThrow(/never changes/);
  });

  it("signs again once the history that it lacks was imported, and gives what it gave", async () => {
    await world.start(["chain-a"]);
    await world.show(newest);
    await world.signer.stop();
    expect(await importLedger(at("ledger.sqlite"), at("history.json"), systemClock)).toMatchObject({ added: 1 });
    await world.start(["chain-a"]);
    expect((await world.show(newest)).status).toBe(200);
    expect(await world.readiness()).toEqual({ ready: true, reasons: [] });
    expect(await world.attest(2n)).toEqual(newest);
    expect(world.keeper.digests).toEqual([]);
    await world.signer.stop();
    expect(recordsOf("newest")).toContainEqual(expect.objectContaining({ event: "settled", presence: "released" }));
    expect(verifyAudit(at("ledger.sqlite")).problems).toEqual([]);
  });

  it("signs other packets once a watermark as documented closed what it lost, if nobody has the history any more", async () => {
    const page = readFileSync(path.join(repository, "docs/ledger.md"), "utf8");
    const [, documented = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    const closing = documented
      .replace(/<[^>]*>/, "0".repeat(32))
      .replace('"main"', '"local"')
      .replace("4711", "2");
    writeFileSync(at("closing.json"), closing);
    await world.start(["chain-a"]);
    await world.show(newest);
    await world.signer.stop();
    await importLedger(at("ledger.sqlite"), at("closing.json"), systemClock);
    await world.start(["chain-a"]);
    expect((await world.show(newest)).status, "a closed packet proves nothing").toBe(200);
    expect((await world.readiness()).ready).toBe(true);
    expect(await world.ask(sampleRequest({ sequence: 2n }))).toMatchObject({ body: { code: "closed_by_import" } });
    expect((await world.ask(sampleRequest({ sequence: 3n }))).status).toBe(200);
    await world.signer.stop();
    expect(recordsOf("newest")).toContainEqual(expect.objectContaining({ event: "settled", presence: "closed" }));
  });

  it("is found out again when it is put back again", async () => {
    await world.start(["chain-a"]);
    await world.show(newest);
    await world.signer.stop();
    await importLedger(at("ledger.sqlite"), at("history.json"), systemClock);
    await world.start(["chain-a"]);
    await world.show(newest);
    const later = await world.attest(3n);
    await world.signer.stop();
    world.restore();
    await world.start(["chain-a"]);
    expect(await world.show(later)).toMatchObject({ status: 409 });
  });

  it("lets no signature out that the keeper was making when it was found out", async () => {
    await world.start();
    const asked = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    world.keeper.misbehave(async (signed) => {
      asked.resolve();
      await letGo.promise;
      return signed;
    });
    const inProgress = world.ask(sampleRequest({ sequence: 2n, height: 999n }));
    await asked.promise;
    expect(await world.show(newest)).toMatchObject({ status: 409 });
    letGo.resolve();
    expect(await inProgress).toMatchObject({ status: 503, body: { rule: "rollback" } });
    expect(await (await world.ops("/metrics")).text()).toContain('signer_ledger_rows{state="signing"} 1');
  });
});

function recordsOf(kind: string): object[] {
  const database = new Database(at("ledger.sqlite"));
  try {
    const rows = database.prepare("SELECT record FROM audit WHERE kind = ? ORDER BY sequence").all(kind);
    return rows.map((row) => JSON.parse((row as { record: string }).record).body);
  } finally {
    database.close();
  }
}

function tamper(statement: string): void {
  const database = new Database(at("ledger.sqlite"));
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
