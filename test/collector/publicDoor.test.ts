import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRegistry } from "../../collector/registry.ts";
import { packetAnswer, packetsAnswer, problemAnswer } from "../../collector/servers/publicAnswers.ts";
import { createPublicServer } from "../../collector/servers/publicServer.ts";
import type { Store } from "../../collector/store/index.ts";
import { listen } from "../../shared/http/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { check } from "../../shared/schema/index.ts";
import { attestor, submission } from "./attestors.ts";
import { type CollectorSettings, type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

let collector: CollectorUnderTest;
const started: CollectorUnderTest[] = [];
async function start(settings: CollectorSettings = {}): Promise<CollectorUnderTest> {
  const made = await startCollectorUnderTest(undefined, settings);
  started.push(made);
  return made;
}
beforeAll(async () => {
  collector = await start();
  for (const by of [0, 1]) await collector.postAs(by, "/v1/attestations", submission(packet(1), "white", attestor(by)));
});
afterAll(() => Promise.all(started.map((each) => each.close())));

const one = `/v1/packets/${aleoChain}/${evmChain}/1`;
const get = (path: string, headers: Record<string, string> = {}, from = collector) =>
  fetch(`http://127.0.0.1:${from.running().ports.public}${path}`, { headers });

describe("ETags", () => {
  it.each([one, "/v1/packets"])("say when nothing changed, and change when something did: %s", async (path) => {
    const first = await get(path);
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[^"]+"$/);
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const again = await get(path, { "if-none-match": tag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await get(path, { "if-none-match": '"other"' })).status).toBe(200);
  });

  it("change with a new signature", async () => {
    const before = (await get(one)).headers.get("etag") ?? "";
    await collector.postAs(2, "/v1/attestations", submission(packet(1), "white", attestor(2)));
    const after = await get(one, { "if-none-match": before });
    expect(after.status).toBe(200);
    expect(after.headers.get("etag")).not.toBe(before);
  });
});

describe("a page of another origin", () => {
  it("may read answers and refusals", async () => {
    for (const path of [one, "/v1/packets?limit=0", "/openapi.json"]) {
      expect((await get(path)).headers.get("access-control-allow-origin"), path).toBe("*");
    }
  });
});

describe("a reader who asks too often", () => {
  it("gets 429 with Retry-After, and others go on", async () => {
    const slow = await start({ public: { rate: { perMinute: 5 }, proxies: ["127.0.0.1"] } });
    const ask = (from: string) => get("/v1/packets", { "x-forwarded-for": from }, slow);
    for (let n = 0; n < 5; n += 1) expect((await ask("192.0.2.1")).status).toBe(200);
    const refused = await ask("192.0.2.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(check(problemAnswer, parseJson(await refused.text()), "body")).toMatchObject({ code: "rate_limited" });
    expect((await ask("192.0.2.2")).status).toBe(200);
    // one household: an IPv6 network of 64 bits
    for (let n = 0; n < 5; n += 1) await ask(`2001:db8::${n + 1}`);
    expect((await ask("2001:db8::99")).status).toBe(429);
    expect((await ask("2001:db8:0:1::1")).status).toBe(200);
  });

  it("cannot pretend to be somebody else, where no proxy is configured", async () => {
    const slow = await start({ public: { rate: { perMinute: 3 } } });
    const answers = [];
    for (let n = 0; n < 4; n += 1) {
      answers.push((await get("/v1/packets", { "x-forwarded-for": `192.0.2.${n}` }, slow)).status);
    }
    expect(answers).toEqual([200, 200, 200, 429]);
  });
});

/** Sends one request, and tells what came and whether the server closed the connection by itself, within a second. */
async function keeps(path: string, port: number): Promise<{ status: string; isKept: boolean }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: collector\r\n\r\n`);
  const isKept = await Promise.race([once(socket, "close").then(() => false), pause(1_000, true)]);
  socket.destroy();
  return { status: text.slice(9, 12), isKept };
}

describe("a reader who opens connections", () => {
  it("keeps those on which it was answered, and none on which it was refused for its rate or asked for nothing", async () => {
    const slow = await start({ public: { rate: { perMinute: 1 } } });
    const port = slow.running().ports.public;
    expect(await keeps("/nothing", port)).toEqual({ status: "404", isKept: false });
    expect(await keeps("/%zz", port)).toEqual({ status: "400", isKept: false });
    expect(await keeps("/v1/packets", port)).toEqual({ status: "200", isKept: true });
    expect(await keeps("/v1/packets", port)).toEqual({ status: "429", isKept: false });
  });

  /** The public door alone, before no store. */
  async function door(limits: { mostConnections: number; patienceMs?: number }) {
    const service = createPublicServer({
      registry: createRegistry({ registry: [], clients: [] }),
      store: {} as Store,
      followers: { count: 0, follow: async () => {}, close: () => {} },
      perMinute: 100_000,
      proxies: [],
      ...limits,
      logger: createLogger({ service: "collector", level: "error" }, { write: () => {} }),
    });
    return { service, port: await listen(service, { host: "127.0.0.1", port: 0 }, "public") };
  }
  const describing = "GET /openapi.json HTTP/1.1\r\nhost: collector\r\n\r\n";

  it("gets no more than there may be, and gets one again when another is closed", async () => {
    const { service, port } = await door({ mostConnections: 2 });
    const others = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect(port, "127.0.0.1");
        socket.write(describing);
        await once(socket, "data");
        return socket;
      }),
    );
    expect(await keeps("/openapi.json", port)).toEqual({ status: "", isKept: false });
    others[0]?.destroy();
    await expect.poll(async () => (await keeps("/openapi.json", port)).status).toBe("200");
    others[1]?.destroy();
    await service.close();
  });

  it("loses one on which it reads none of the answers that it asked for", async () => {
    const { service, port } = await door({ mostConnections: 10, patienceMs: 500 });
    const open = () => new Promise((resolve) => service.server.getConnections((_error, count) => resolve(count)));
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    socket.write(describing.repeat(2_000));
    await expect.poll(open).toBe(1);
    await expect.poll(open, { timeout: 30_000 }).toBe(0);
    socket.destroy();
    await service.close();
  });
});

describe("GET /openapi.json", () => {
  interface Document {
    openapi: string;
    paths: Record<string, { get: { summary: string; parameters: { name: string; in: string }[]; responses: object } }>;
  }
  const document = async () => (await get("/openapi.json")).json() as Promise<Document>;

  it("describes every path that there is, with its parameters and refusals", async () => {
    const { openapi, paths } = await document();
    expect(openapi).toBe("3.1.0");
    expect(Object.keys(paths)).toEqual(["/v1/packets", "/v1/packets/{source}/{destination}/{sequence}", "/v1/events"]);
    for (const [path, { get: operation }] of Object.entries(paths)) {
      const inPath = operation.parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect(inPath, path).toEqual(path.match(/\{[a-z]+\}/g) ?? []);
      expect(Object.keys(operation.responses), path).toEqual(expect.arrayContaining(["200", "400", "429", "503"]));
    }
    expect(JSON.stringify(paths)).toContain("ambiguous_deployment");
  });

  it("is what real answers look like", async () => {
    check(packetsAnswer, parseJson(await (await get("/v1/packets")).text()), "body");
    check(packetAnswer, parseJson(await (await get(one)).text()), "body");
    const { code } = check(problemAnswer, parseJson(await (await get(`${one}0`)).text()), "body");
    expect(code).toBe("not_found");
  });
});
