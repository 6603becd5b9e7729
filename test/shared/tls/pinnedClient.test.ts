import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { issueCertificate } from "../../../certs/index.ts";
import type { AttestorError } from "../../../shared/errors/index.ts";
import { JsonNumber } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import {
  createPinnedClient,
  createPinnedServer,
  type PinnedClient,
  type PinnedClientOptions,
  pinOf,
  type TlsIdentity,
} from "../../../shared/tls/index.ts";
import { createTestPki, type TestIdentity, type TestPki } from "../../support/pki.ts";
import { rejection } from "../refusal.ts";
import { listening, recordingServer } from "./sockets.ts";

let pki: TestPki;
let alice: TestIdentity;
beforeAll(async () => {
  pki = await createTestPki();
  alice = await pki.clientIdentity("alice");
});
afterAll(() => pki.remove());

function clientFor(port: number, changes: Partial<PinnedClientOptions> = {}): PinnedClient {
  const client = createPinnedClient({
    peer: "signer",
    baseUrl: `https://127.0.0.1:${port}`,
    identity: alice,
    pin: pki.serverIdentity.pin,
    timeoutMs: 5_000,
    ...changes,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A server with the pinned key, which answers as `answer` does. */
async function peer(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const { certificate: cert, key, peerAuthority: ca } = pki.serverIdentity;
  const seen = { connections: 0, requests: 0 };
  const server = createServer({ cert, key, ca, requestCert: true }, (request, response) => {
    seen.requests += 1;
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += String(text);
    });
    request.on("end", () => answer(request, response, body));
  });
  server.on("secureConnection", () => {
    seen.connections += 1;
  });
  return { port: await listening(server), seen };
}

const json = { "content-type": "application/json" };

/** Whatever a reader may see of an error. */
const allTexts = (error: AttestorError) => [error.message, JSON.stringify(error.data), error.stack].join("\n");

describe("a request to a pinned peer", () => {
  it("carries JSON with exact integers, and brings back status and lossless JSON", async () => {
    const { port } = await peer((request, response, body) => {
      response
        .writeHead(201, json)
        .end(`{"method":"${request.method}","url":"${request.url}","body":${body},"n":1e400}`);
    });
    const answer = await clientFor(port).request("POST", "/v1/things?a=b", {
      big: 2n ** 127n,
      n: new JsonNumber("1.10"),
    });
    expect(answer).toEqual({
      status: 201,
      retryAfterSeconds: undefined,
      body: {
        method: "POST",
        url: "/v1/things?a=b",
        body: { big: String(2n ** 127n), n: new JsonNumber("1.10") },
        n: new JsonNumber("1e400"),
      },
    });
  });

  it("without a body sends none", async () => {
    const { port } = await peer((request, response, body) => {
      response.writeHead(200, json).end(JSON.stringify([request.headers["content-type"] ?? "none", body]));
    });
    expect((await clientFor(port).request("GET", "/")).body).toEqual(["none", ""]);
  });

  it("brings back refusals as answers: they are for the caller to read", async () => {
    const { port } = await peer((_request, response) => {
      response
        .writeHead(503, { "content-type": "application/problem+json", "retry-after": "7" })
        .end('{"code":"failed"}');
    });
    expect(await clientFor(port).request("GET", "/")).toEqual({
      status: 503,
      retryAfterSeconds: 7,
      body: { code: "failed" },
    });
  });

  it.each(["-1", "1e9", "", "soon", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "1.5"])(
    "takes no waiting time from retry-after: %j",
    async (header) => {
      const { port } = await peer((_request, response) => {
        response.writeHead(503, { "retry-after": header }).end();
      });
      expect((await clientFor(port).request("GET", "/")).retryAfterSeconds).toBeUndefined();
    },
  );

  it("has no body where the answer is empty or no JSON", async () => {
    const { port } = await peer((request, response) => {
      if (request.url === "/empty") response.writeHead(200, json).end();
      else response.writeHead(200, { "content-type": "text/html" }).end("<html>");
    });
    expect(await clientFor(port).request("GET", "/empty")).toMatchObject({ status: 200, body: undefined });
    expect(await clientFor(port).request("GET", "/page")).toMatchObject({ status: 200, body: undefined });
  });

  it("does not follow the peer elsewhere", async () => {
    const { port, seen } = await peer((_request, response) => {
      response.writeHead(307, { location: `https://127.0.0.1:${port}/elsewhere` }).end();
    });
    expect((await clientFor(port).request("POST", "/", {})).status).toBe(307);
    expect(seen.requests).toBe(1);
  });

  it("uses one connection for many, until the client is closed", async () => {
    const { port, seen } = await peer((_request, response) => response.writeHead(200, json).end("{}"));
    const client = clientFor(port);
    for (let time = 0; time < 5; time += 1) await client.request("GET", "/");
    expect(seen).toEqual({ connections: 1, requests: 5 });
    client.close();
    await client.request("GET", "/");
    expect(seen).toEqual({ connections: 2, requests: 6 });
  });

  it("looks at the peer's certificate on every connection: it resumes no session, though the peer would", async () => {
    const resumed: boolean[] = [];
    const { port } = await peer((request, response) => {
      resumed.push((request.socket as TLSSocket).isSessionReused());
      response.writeHead(200, { ...json, connection: "close" }).end("{}");
    });
    const client = clientFor(port);
    for (let time = 0; time < 3; time += 1) await client.request("GET", "/");
    expect(resumed).toEqual([false, false, false]);
  });

  it("gets the refusal whole when the peer does not know its key, however large the request", async () => {
    const logger = createLogger({ service: "test", level: "error" });
    const port = await listening(createPinnedServer(pki.serverIdentity, new Map(), logger, () => {}));
    for (const size of [1, 100_000, 10_000_000]) {
      const answer = await clientFor(port).request("POST", "/", { text: "a".repeat(size) });
      expect(answer).toMatchObject({ status: 403, body: { code: "client_refused" } });
    }
  });
});

describe("a peer with another key", () => {
  it("gets no byte of a request, though its certificate is valid", async () => {
    const other = await pki.otherServer("impostor");
    const { port, seen } = await recordingServer(other);
    const client = clientFor(port, { timeoutMs: 1_000 });
    for (let time = 0; time < 5; time += 1) {
      const error = await rejection("peer_not_pinned", client.request("POST", "/", { packet: "a".repeat(100_000) }));
      expect(error.data).toEqual({ peer: "signer" });
    }
    expect(seen).toEqual({ connections: 5, bytes: 0 });
  });

  it.each<[string, () => Promise<TlsIdentity>, RegExp]>([
    ["is expired", () => pki.expired("server"), /^CERT_HAS_EXPIRED$/],
    ["is signed by its own key", () => pki.selfSigned(), /^(DEPTH_ZERO_SELF_SIGNED_CERT|INVALID_PURPOSE)$/],
    ["comes from another authority", () => pki.otherAuthority("server"), /^UNABLE_TO_/],
    ["is one for clients", () => pki.clientIdentity("bob"), /^INVALID_PURPOSE$/],
  ])(
    "gets no byte of a request, even with the pinned key, when its certificate %s",
    async (_what, identityOf, reason) => {
      const identity = (await identityOf()) as TestIdentity;
      const { port, seen } = await recordingServer(identity);
      const client = clientFor(port, { pin: identity.pin, timeoutMs: 1_000 });
      const error = await rejection("peer_unreachable", client.request("POST", "/", { packet: "a".repeat(100_000) }));
      expect(error.data).toEqual({ peer: "signer", reason: expect.stringMatching(reason) });
      expect(seen).toEqual({ connections: 1, bytes: 0 });
    },
  );

  it("gets no byte of a request, even with the pinned key, when its certificate names another host", async () => {
    const { authority, folder } = pki.files;
    const hosts = ["elsewhere.example"];
    const files = await issueCertificate({
      authority,
      role: "server",
      commonName: "elsewhere",
      hosts,
      days: 2,
      folder,
    });
    const certificate = readFileSync(files.certificateFile, "utf8");
    const { peerAuthority } = pki.serverIdentity;
    const identity = { certificate, key: readFileSync(files.keyFile, "utf8"), peerAuthority };
    const { port, seen } = await recordingServer(identity);
    const client = clientFor(port, { pin: pinOf(certificate) });
    const error = await rejection("peer_unreachable", client.request("GET", "/"));
    expect(error.data.reason).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(error.message).not.toMatch(/elsewhere|127/);
    expect(seen).toEqual({ connections: 1, bytes: 0 });
  });

  it("gets no byte of a request over TLS 1.2", async () => {
    const { port, seen } = await recordingServer(pki.serverIdentity, { maxVersion: "TLSv1.2" });
    const error = await rejection("peer_unreachable", clientFor(port).request("GET", "/"));
    expect(error.data.reason).toMatch(/^(EPROTO|ERR_SSL_.*PROTOCOL.*)$/);
    expect(seen.bytes).toBe(0);
  });
});

describe("a peer that does not answer", () => {
  const expectUnreachable = async (request: Promise<unknown>, reason: RegExp, port: number) => {
    const error = await rejection("peer_unreachable", request);
    expect(error.data).toEqual({ peer: "signer", reason: expect.stringMatching(reason) });
    expect(allTexts(error), "the endpoint").not.toMatch(new RegExp(`127\\.0\\.0\\.1|\\b${port}\\b`));
  };

  it("is down", async () => {
    await expectUnreachable(clientFor(1).request("GET", "/s3cret"), /^ECONNREFUSED$/, 1);
  });

  it("takes the connection and says nothing: not even TLS", async () => {
    const port = await listening(createTcpServer());
    await expectUnreachable(clientFor(port, { timeoutMs: 200 }).request("GET", "/"), /^time-out$/, port);
  });

  it("takes the request and says nothing", async () => {
    const { port } = await peer(() => {});
    await expectUnreachable(clientFor(port, { timeoutMs: 200 }).request("POST", "/", {}), /^time-out$/, port);
  });

  it("stops in the middle of its answer", async () => {
    const { port } = await peer((_request, response) => {
      response.writeHead(200, { ...json, "content-length": 100 }).write("{");
    });
    await expectUnreachable(clientFor(port, { timeoutMs: 200 }).request("GET", "/"), /^time-out$/, port);
  });

  it("drips its answer, one byte at a time", async () => {
    const { port } = await peer((_request, response) => {
      response.writeHead(200, json);
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    });
    await expectUnreachable(clientFor(port, { timeoutMs: 300 }).request("GET", "/"), /^time-out$/, port);
  });

  it("closes in the middle of its answer", async () => {
    const { port } = await peer((_request, response) => {
      response.writeHead(200, { ...json, "content-length": 100 }).write("{", () => response.destroy());
    });
    await expectUnreachable(clientFor(port).request("GET", "/"), /^ECONNRESET$/, port);
  });

  it("closes without an answer", async () => {
    const { port } = await peer((_request, response) => response.destroy());
    await expectUnreachable(clientFor(port).request("GET", "/"), /^ECONNRESET$/, port);
  });

  it("answers what is no HTTP", async () => {
    const { port } = await peer((request) => request.socket.end("s3cret\r\n\r\n"));
    await expectUnreachable(clientFor(port).request("GET", "/"), /^HPE_/, port);
  });
});

describe("an answer that cannot be used", () => {
  const expectUnusable = async (port: number, reason: string, changes: Partial<PinnedClientOptions> = {}) => {
    const error = await rejection("peer_answer_unusable", clientFor(port, changes).request("GET", "/"));
    expect(error.data).toEqual({ peer: "signer", reason });
    expect(allTexts(error)).not.toMatch(/127\.0\.0\.1|s3cret/);
  };

  it.each(["{", "s3cret", '{"a":1,"a":"s3cret"}', '{"__proto__":"s3cret"}', "\u0000"])(
    "is no sound JSON: %j",
    async (body) => {
      const { port } = await peer((_request, response) => response.writeHead(200, json).end(body));
      await expectUnusable(port, "its body is not valid JSON");
    },
  );

  it("is larger than a megabyte", async () => {
    const { port } = await peer((_request, response) =>
      response.writeHead(200, json).end(`"${"a".repeat(1_048_576)}"`),
    );
    await expectUnusable(port, "it is too large");
  });

  it("is larger than its caller wants, and does not end", async () => {
    const { port } = await peer((_request, response) => {
      response.writeHead(200, json);
      const flood = () => {
        while (response.write(" ".repeat(10_000)));
        response.once("drain", flood);
      };
      flood();
    });
    await expectUnusable(port, "it is too large", { maximumAnswerBytes: 100_000 });
  });

  it("is not held against one that is just as large as allowed", async () => {
    const { port } = await peer((_request, response) => response.writeHead(200, json).end(`"${"a".repeat(98)}"`));
    expect((await clientFor(port, { maximumAnswerBytes: 100 }).request("GET", "/")).body).toHaveLength(98);
  });
});
