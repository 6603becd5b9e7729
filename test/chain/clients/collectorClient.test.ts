import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type CollectorClient, createCollectorClient } from "../../../chain/delivery/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createPinnedClient } from "../../../shared/tls/index.ts";
import { rejection } from "../../shared/refusal.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { attestation, packet } from "../store/samples.ts";
import { type CollectorDouble, refusal, startCollectorDouble } from "../support/peers.ts";

let pki: TestPki;
let collector: CollectorDouble;
let client: CollectorClient;
beforeAll(async () => {
  pki = await createTestPki();
  collector = await startCollectorDouble(pki);
  const identity = await pki.clientIdentity("chain-service");
  const { url: baseUrl, pin } = collector;
  client = createCollectorClient(
    "main",
    createPinnedClient({ peer: "collector main", baseUrl, identity, pin, timeoutMs: 5_000 }),
  );
});
afterEach(() => {
  collector.reply = undefined;
  collector.shown = undefined;
});
afterAll(async () => {
  client.close();
  await collector.close();
  pki.remove();
});

const mine = attestation(packet(1n));

test("hands in what the collector can't compute itself, and nothing else", async () => {
  expect(await client.deliver(mine)).toEqual({ outcome: "acknowledged" });
  const { digest: _digest, packetHash: _packetHash, signer: _signer, scheme: _scheme, ...submission } = mine;
  expect(collector.requests.at(-1)).toEqual(submission);
});

test("takes a duplicate for an acknowledgement", async () => {
  collector.reply = () => ({ status: 200, body: { stored: false, reason: "duplicate" } });
  expect(await client.deliver(mine)).toEqual({ outcome: "acknowledged" });
});

test("tells a conflict from a failure", async () => {
  collector.reply = () => refusal(new AttestorError("conflict", { reason: "Another signature is stored" }));
  expect(await client.deliver(mine)).toEqual({
    outcome: "conflict",
    reason: { code: "conflict", text: "Another signature is stored." },
  });
  collector.reply = () => ({ status: 503, headers: { "retry-after": "4" } });
  expect(await client.deliver(mine)).toEqual({
    outcome: "failed",
    reason: { code: "peer_answer_unusable", text: "The collector main answered HTTP 503." },
    retryAfterMs: 4_000,
  });
});

test("takes the collector at its word only once the attestation can be read there", async () => {
  collector.shown = { status: 404 };
  expect(await client.deliver(mine)).toMatchObject({
    outcome: "failed",
    reason: { text: expect.stringContaining("404") },
  });
  collector.shown = { status: 200, body: { digest: `0x${"12".repeat(32)}` } };
  expect(await client.deliver(mine)).toMatchObject({ outcome: "conflict", reason: { code: "read_back_differs" } });
  collector.shown = { status: 200, body: { nothing: true } };
  await rejection("peer_answer_unusable", client.deliver(mine));
  collector.shown = undefined;
  expect(await client.deliver(mine)).toEqual({ outcome: "acknowledged" });
});

test("tells the id of the collector's store", async () => {
  expect(await client.instance()).toBe("store-1");
});

test("names the collector that does not answer, not its address", async () => {
  const identity = await pki.clientIdentity("chain-service");
  const nowhere = createPinnedClient({
    peer: "collector main",
    baseUrl: "https://127.0.0.1:1",
    identity,
    pin: collector.pin,
    timeoutMs: 5_000,
  });
  const error = await rejection("peer_unreachable", createCollectorClient("main", nowhere).deliver(mine));
  expect(error.message).toBe("The collector main does not answer (ECONNREFUSED: nothing listens there).");
  nowhere.close();
});
