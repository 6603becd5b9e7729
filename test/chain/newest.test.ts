import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../shared/clock/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { exportLedger, importLedger } from "../../signer/index.ts";
import { type NewestWorld, newestWorld } from "../signer/newest/newestWorld.ts";
import { clientSettings } from "../support/signerWorld.ts";
import { testKey } from "../support/testKeeper.ts";
import { makeFinal } from "./support/bridge.ts";
import { freePort } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

/** A real signer for the chain-service of the test, in place of the double. Both trust both authorities. */
async function realSigner(): Promise<NewestWorld> {
  const { world, bridge } = scene;
  const port = await freePort();
  const authorities = path.join(world.pki.files.folder, "both.crt");
  const identity = await world.pki.clientIdentity("chain-service");
  const signer = await newestWorld({
    change(settings, pki) {
      const both = [world.pki, pki].map(({ files }) => readFileSync(files.authority.certificateFile, "utf8"));
      writeFileSync(authorities, both.join(""));
      settings.listen.port = port;
      settings.tls = { ...settings.tls, peerAuthority: authorities };
    },
    changePolicy(policy) {
      const [route] = policy.routes;
      const end = (name: string, index: 0 | 1) => ({ ...route[name], tokenService: bridge.sides[index].tokenService });
      policy.routes = [{ ...route, source: end("source", 0), destination: end("destination", 1) }];
      policy.clients = [clientSettings("chain-service", identity, [route.name])];
    },
  });
  const key = publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array();
  world.settings.routes[0].attestor = addressOfPublicKey(key);
  world.settings.signer = {
    ...world.settings.signer,
    url: `https://127.0.0.1:${port}`,
    pin: signer.pki.serverIdentity.pin,
  };
  world.settings.tls = { ...world.settings.tls, peerAuthority: authorities };
  return signer;
}

test("a chain-service keeps its signer ready over restarts, and stops it when its ledger is an older copy", {
  timeout: 120_000,
}, async () => {
  const { world, bridge } = scene;
  const signer = await realSigner();
  const at = (name: string) => path.join(signer.folder, name);
  const send = async () => {
    const { sequence } = await bridge.transfer();
    await makeFinal(bridge.source);
    return sequence;
  };
  await signer.start();
  expect((await signer.readiness()).ready).toBe(false);
  await world.start();
  expect(await signer.readiness()).toEqual({ ready: true, reasons: [] });
  await world.reaches(await send(), "delivered");
  await signer.signer.stop();
  signer.backUp();

  await signer.start();
  const second = await send();
  await world.reaches(second, "delivered");
  await signer.signer.stop();
  exportLedger(at("ledger.sqlite"), { minimal: false, clock: systemClock }, (piece) =>
    writeFileSync(at("history.json"), piece, { flag: "a" }),
  );
  signer.restore();

  await signer.start();
  const third = await send();
  expect(await world.complains(/does not have its own attestation/)).toContain(`packet 1/2/${second}`);
  expect(await signer.status()).toMatchObject({ rollbacks: [{ client: "chain-service", packet: `1/2/${second}` }] });
  await until("the third packet to be refused", async () => (await world.packet(third))?.reason?.code === "failed");
  expect(world.log.some((line) => line.includes('"alarm":true') && line.includes("older copy"))).toBe(true);

  await signer.signer.stop();
  await importLedger(at("ledger.sqlite"), at("history.json"), systemClock);
  await signer.start();
  await world.reaches(third, "delivered");
  expect(await signer.readiness()).toEqual({ ready: true, reasons: [] });
  expect((await world.ready()).reasons).toEqual([]);
});
