import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createHttpService, listen } from "../../../shared/http/index.ts";
import { JsonNumber } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { closed } from "../tls/sockets.ts";
import { rawRequest, request } from "./rawRequest.ts";

/** A service with a few routes, on a port of its own. */
async function service(bodyLimitBytes?: number) {
  const log: string[] = [];
  const http = createHttpService({
    logger: createLogger({ service: "test", level: "debug" }, { write: (line) => log.push(line) }),
    createServer: (handler) => createServer({ connectionsCheckingInterval: 50 }, handler),
    ...(bodyLimitBytes && { bodyLimitBytes }),
  });
  const slowRequests: { finish: () => void }[] = [];
  http.post("/echo", ({ body }) => ({ body }));
  http.get("/things/:name", () => ({ amount: 2n ** 127n, exact: new JsonNumber("1.10") }));
  http.get("/slow", () => new Promise((resolve) => slowRequests.push({ finish: () => resolve({ slow: true }) })));
  http.get("/denied", () => {
    throw new AttestorError("denied", { rule: "route", reason: "the route is unknown", inputs: { source: "1" } });
  });
  http.get("/overloaded", async () => {
    throw new AttestorError("overloaded", { reason: "10 requests wait", retryAfterSeconds: 7 });
  });
  http.get("/failed", async () => {
    throw new AttestorError("failed", { rule: "ledger", reason: "the disk is full" });
  });
  http.get("/broken", () => {
    throw Object.assign(new TypeError("connect https://rpc.example/s3cret"), { url: "https://rpc.example/s3cret" });
  });
  onTestFinished(() => http.close());
  const port = await listen(http, { host: "127.0.0.1", port: 0 }, "listen.port");
  return {
    http,
    port,
    log: () => log.join(""),
    slowRequests,
    connections: () => promisify(http.server.getConnections.bind(http.server))(),
    ask: async (text: string | Buffer) => {
      const [answer, ...others] = await rawRequest(port, text);
      expect(others).toEqual([]);
      if (!answer) throw new Error("no answer");
      return answer;
    },
  };
}

const problemOf = (answer: { headers: Readonly<Record<string, string>>; body: string }) => {
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
  return JSON.parse(answer.body) as { code: string; detail: string; status: number };
};

describe("an HTTP service", () => {
  it("reads JSON without losing digits", async () => {
    const { ask } = await service();
    const answer = await ask(request("POST", "/echo", '{"n":[9007199254740993,1e400,"x"]}'));
    expect(answer).toMatchObject({ status: 200, body: '{"body":{"n":[9007199254740993,1e400,"x"]}}' });
  });

  it("writes JSON with bigints as decimal strings", async () => {
    const { ask } = await service();
    const answer = await ask(request("GET", "/things/a"));
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(answer.body).toBe(`{"amount":"${2n ** 127n}","exact":1.10}`);
  });

  it("does not say what it is built with", async () => {
    const { ask } = await service();
    for (const path of ["/things/a", "/missing", "/broken"]) {
      const { headers, body } = await ask(request("GET", path));
      expect(Object.keys(headers)).not.toContain("server");
      expect(Object.keys(headers)).not.toContain("x-powered-by");
      expect(body).not.toMatch(/fastify|FST_|node/i);
    }
  });
});

describe("a refusal is a problem document:", () => {
  const s3cret = "s3cret";
  it.each<[string, string | Buffer, number, string, string]>([
    [
      "a body that is no JSON",
      request("POST", "/echo", `{"a":${s3cret}}`),
      400,
      "malformed_json",
      "The body is not valid JSON: unexpected text.",
    ],
    [
      "a body that is cut short",
      request("POST", "/echo", `{"a":"${s3cret}`),
      400,
      "malformed_json",
      "The body is not valid JSON: unexpected text at position 12.",
    ],
    [
      "a key that stands twice",
      request("POST", "/echo", '{"s3cret":1,"s3cret":2}'),
      400,
      "malformed_json",
      "The body is not valid JSON: duplicate key: an object has the same key twice.",
    ],
    [
      "a key that poisons objects",
      request("POST", "/echo", '{"__proto__":1}'),
      400,
      "malformed_json",
      "The body is not valid JSON: the key __proto__ is not allowed.",
    ],
    [
      "a body that is empty",
      request("POST", "/echo", "", { "content-type": "application/json", "content-length": "0" }),
      400,
      "malformed_json",
      "The body is not valid JSON: it is empty or ends too early.",
    ],
    [
      "a body nested too deeply",
      request("POST", "/echo", "[".repeat(30_000) + "]".repeat(30_000)),
      400,
      "malformed_json",
      "The body is not valid JSON: it is nested too deeply.",
    ],
    [
      "another media type",
      request("POST", "/echo", "a=s3cret", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      "unsupported_media_type",
      "Send the body as application/json.",
    ],
    [
      "text",
      request("POST", "/echo", "{}", { "content-type": "text/plain" }),
      415,
      "unsupported_media_type",
      "Send the body as application/json.",
    ],
    [
      "no media type",
      request("POST", "/echo", "{}", { "content-type": "" }),
      415,
      "unsupported_media_type",
      "Send the body as application/json.",
    ],
    [
      "a nonsense media type",
      request("POST", "/echo", "{}", { "content-type": "s3cret" }),
      415,
      "unsupported_media_type",
      "Send the body as application/json.",
    ],
    ["an unknown path", request("GET", "/s3cret"), 404, "not_found", "There is no such path."],
    ["an unknown path with a body", request("POST", "/s3cret", "{}"), 404, "not_found", "There is no such path."],
    ["a known path with another method", request("DELETE", "/echo"), 405, "method_not_allowed", "Use POST here."],
    [
      "a path with a broken escape",
      request("GET", "/things/%zz?s3cret"),
      400,
      "invalid_field",
      "path: is not a valid URL path.",
    ],
    [
      "a path with a part that is too long",
      request("GET", `/things/${"a".repeat(129)}`),
      400,
      "invalid_field",
      "path: has a part that is too long.",
    ],
    ["what is no HTTP", "s3cret\r\n\r\n", 400, "invalid_field", "request: is not valid HTTP/1.1."],
    [
      "two lengths",
      request("POST", "/echo", "{}", { "transfer-encoding": "chunked" }),
      400,
      "invalid_field",
      "request: is not valid HTTP/1.1.",
    ],
    [
      "headers without end",
      `GET / HTTP/1.1\r\nhost: x\r\ns3cret: ${"a".repeat(20_000)}\r\n\r\n`,
      400,
      "invalid_field",
      "request: is not valid HTTP/1.1.",
    ],
    ["a refusal of ours", request("GET", "/denied"), 403, "denied", "Denied by rule route: the route is unknown."],
    [
      "a fault of a library",
      request("GET", "/broken"),
      500,
      "internal",
      "An unexpected fault: see the log. The log has the details.",
    ],
  ])("%s", async (_what, text, status, code, detail) => {
    const { ask } = await service();
    const answer = await ask(text);
    expect(answer.status).toBe(status);
    expect(problemOf(answer)).toMatchObject({ type: `urn:hsm-attestor:problem:${code}`, status, code, detail });
    expect(answer.body, "an echo").not.toContain("s3cret");
    expect(answer.body, "a stack trace").not.toMatch(/^\s*at |\.ts\b|node_modules/m);
  });

  it("a wrong method, with the right ones in a header", async () => {
    const { ask } = await service();
    expect((await ask(request("PUT", "/echo", "{}"))).headers.allow).toBe("POST");
    expect((await ask(request("POST", "/things/a?x=y", "{}"))).headers.allow).toBe("GET");
  });

  it("one that may pass, with the time to wait in a header", async () => {
    const { ask } = await service();
    expect(await ask(request("GET", "/overloaded"))).toMatchObject({ status: 503, headers: { "retry-after": "7" } });
    expect(await ask(request("GET", "/failed"))).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  });

  it("and the service goes on", async () => {
    const { ask } = await service();
    await ask("nonsense\r\n\r\n");
    await ask(request("GET", "/broken"));
    expect((await ask(request("GET", "/things/a"))).status).toBe(200);
  });
});

describe("a body that is too large", () => {
  const chunked = (size: number) =>
    `${request("POST", "/echo", "", { "content-type": "application/json", "transfer-encoding": "chunked" })}${size.toString(16)}\r\n"${"a".repeat(size - 2)}"\r\n0\r\n\r\n`;

  it.each([
    ["says so before it comes", request("POST", "/echo", `"${"a".repeat(99)}"`)],
    ["only shows it when it comes", chunked(101)],
  ])("is refused with the limit, when it %s", async (_how, text) => {
    const { ask } = await service(100);
    const answer = await ask(text);
    expect(problemOf(answer)).toMatchObject({
      status: 413,
      code: "body_too_large",
      detail: "The body is larger than the limit of 100 bytes.",
    });
  });

  it("is let in up to the limit", async () => {
    const { ask } = await service(100);
    expect((await ask(request("POST", "/echo", `"${"a".repeat(98)}"`))).status).toBe(200);
    expect((await ask(chunked(100))).status).toBe(200);
  });

  it("of 10 MB gets its answer whole", async () => {
    const { ask } = await service();
    for (let time = 0; time < 5; time += 1) {
      const answer = await ask(request("POST", "/echo", `"${"a".repeat(10_000_000)}"`));
      expect(problemOf(answer).detail).toBe("The body is larger than the limit of 65536 bytes.");
    }
  });
});

describe("an unexpected fault", () => {
  it("is logged by its kind and place, without the message that quotes an endpoint", async () => {
    const { ask, log } = await service();
    await ask(request("GET", "/broken"));
    const line = JSON.parse(log()) as { level: string; err: object; stack: string[] };
    expect(line).toMatchObject({ level: "error", err: { code: "TypeError" } });
    expect(line.stack[0]).toMatch(/^at .*service\.test\.ts:\d+:\d+/);
    expect(log()).not.toMatch(/s3cret|rpc\.example/);
  });

  it("is the only refusal that is logged here", async () => {
    const { ask, log } = await service();
    await ask(request("GET", "/denied"));
    await ask(request("GET", "/missing"));
    expect(log()).toBe("");
  });
});

describe("a client that holds up the service", () => {
  it("by a request that never ends is told so and cut off", async () => {
    const { http, port } = await service();
    http.server.headersTimeout = 200;
    http.server.requestTimeout = 200;
    for (const beginning of ["GET /things/a HTTP/1.1\r\nhost: x\r\n", request("POST", "/echo", '"x"').slice(0, -1)]) {
      const [answer] = await rawRequest(port, beginning);
      expect(answer && problemOf(answer)).toMatchObject({ status: 408, code: "request_timeout" });
    }
  });

  it.each([
    ["after nonsense", "nonsense\r\n\r\n"],
    ["after a body that is too large", request("POST", "/echo", "a".repeat(100_000))],
  ])("by never closing its side is cut off %s", async (_when, text) => {
    const { port, connections } = await service();
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.write(text);
    await once(socket, "data");
    await expect.poll(connections, { timeout: 8_000 }).toBe(0);
  });

  it("by sending nothing at all is cut off", async () => {
    const { http, port } = await service();
    http.server.headersTimeout = 200;
    http.server.requestTimeout = 200;
    const socket = connect(port, "127.0.0.1");
    await closed(socket.resume());
  });
});

describe("a service that stops", () => {
  it("finishes what is in progress, begins nothing more on open connections, and takes no new ones", async () => {
    const { http, port, slowRequests } = await service();
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.setEncoding("utf8").on("data", (text) => {
      received += String(text);
    });
    const end = closed(socket);
    const slow = request("GET", "/slow", "", { connection: "keep-alive" });
    socket.write(slow);
    await expect.poll(() => slowRequests.length).toBe(1);
    const stopped = http.close();
    await expect.poll(() => http.server.listening).toBe(false);
    expect(await rawRequest(port, request("GET", "/things/a")), "a new connection").toEqual([]);
    const second = once(http.server, "request");
    socket.write(slow);
    await second;
    slowRequests[0]?.finish();
    await end;
    await stopped;
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\{"slow":true\}$/s);
    expect(received.toLowerCase()).toContain("connection: close");
    expect(slowRequests).toHaveLength(1);
  });

  it("does not wait for idle connections", async () => {
    const { http, port, connections } = await service();
    const idle = connect(port, "127.0.0.1");
    const end = closed(idle.resume());
    idle.write(request("GET", "/things/a", "", { connection: "keep-alive" }));
    await once(idle, "data");
    expect(await connections()).toBe(1);
    await http.close();
    await end;
  });
});
