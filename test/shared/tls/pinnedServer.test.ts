import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createLogger } from "../../../shared/log/index.ts";
import { clientNameOf, createPinnedServer, type TlsIdentity } from "../../../shared/tls/index.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { refusal } from "../refusal.ts";
import { closed, converse, listening } from "./sockets.ts";

let pki: TestPki;
let alice: TlsIdentity;
let mallory: TlsIdentity & { readonly pin: string };
/** Alice, and everybody who must be refused for another reason than a missing pin. */
let pins: Map<string, string>;

beforeAll(async () => {
  pki = await createTestPki();
  alice = await pki.clientIdentity("alice");
  const otherwiseRefused = [
    await pki.expired(),
    await pki.selfSigned(),
    await pki.otherAuthority(),
    pki.serverIdentity,
  ];
  pins = new Map([...pki.pins, ...otherwiseRefused.map(({ pin }) => [pin, "pinned, but refused"] as const)]);
  mallory = await pki.clientIdentity("mallory");
});
afterAll(() => pki.remove());

const hello = "GET /hello HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/** A pinned server that greets its clients by name, with what it logged and whom it served. */
async function greeter(now?: () => number) {
  const log: string[] = [];
  const served: string[] = [];
  const handler: RequestListener = (request, response) => {
    served.push(clientNameOf(request.socket));
    response.end(`hello ${clientNameOf(request.socket)}`);
  };
  const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => log.push(line) });
  const server = createPinnedServer(pki.serverIdentity, pins, logger, handler, now);
  const port = await listening(server);
  const connections = () => promisify(server.getConnections.bind(server))();
  const say = (identity: TlsIdentity | undefined, text: string | Buffer = hello, options = {}) =>
    converse(port, identity, pki.serverIdentity.peerAuthority, text, options);
  return { port, say, connections, log: () => log.join(""), served };
}

describe("a pinned client", () => {
  it("is let in under its name, over TLS 1.3", async () => {
    const { say, served } = await greeter();
    const { received, protocol } = await say(alice);
    expect(protocol).toBe("TLSv1.3");
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nhello alice$/s);
    expect(served).toEqual(["alice"]);
  });

  it("is looked at again on every connection: no session can be resumed", async () => {
    const { say, served } = await greeter();
    const first = await say(alice);
    for (let time = 0; time < 2; time += 1) {
      const again = await say(alice, hello, { session: first.session });
      expect(again.received).toContain("hello alice");
      expect(again.resumed).toBe(false);
    }
    expect(served).toHaveLength(3);
  });

  it("is refused at its next request once its certificate has expired, on a connection that is open", async () => {
    const until = Date.parse(new X509Certificate(alice.certificate).validTo);
    let now = until;
    const { port, served, log } = await greeter(() => now);
    const { certificate: cert, key, peerAuthority: ca } = alice;
    const socket = connect({ host: "127.0.0.1", port, cert, key, ca });
    onTestFinished(() => void socket.destroy());
    let received = "";
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    const keptOpen = hello.replace("connection: close\r\n", "");
    socket.write(keptOpen);
    await expect.poll(() => received, { timeout: 30_000 }).toContain("hello alice");
    now = until + 1;
    const ended = once(socket, "close");
    socket.write(keptOpen);
    await ended;
    expect(received).toMatch(
      /HTTP\/1\.1 403 Forbidden\r\n.*"detail":"This client is not let in: its certificate has expired\."/s,
    );
    expect(served).toEqual(["alice"]);
    expect(log()).toContain("expired on an open connection");
  });

  it("cannot hand its session to a client without a certificate", async () => {
    const { say, served } = await greeter();
    const { session } = await say(alice);
    const stolen = await say(undefined, hello, { session });
    expect(stolen.received).toBe("");
    expect(served).toEqual(["alice"]);
  });
});

describe("a client of the right authority whose key is not pinned", () => {
  const expectRefusal = (received: string) => {
    const [head = "", body = ""] = received.split("\r\n\r\n");
    expect(head.split("\r\n")[0]).toBe("HTTP/1.1 403 Forbidden");
    expect(head).toContain("content-type: application/problem+json");
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toEqual({
      type: "urn:hsm-attestor:problem:client_refused",
      title: "client refused",
      status: 403,
      code: "client_refused",
      detail: "This client is not let in: its key is not pinned.",
      data: { reason: "its key is not pinned" },
    });
  };

  it("is answered with a problem document, and its pin is logged for the operator", async () => {
    const { say, served, log } = await greeter();
    expectRefusal((await say(mallory)).received);
    expect(served).toEqual([]);
    expect(JSON.parse(log())).toMatchObject({ level: "warn", peer: "127.0.0.1", pin: mallory.pin });
  });

  it("is answered before it has sent a byte", async () => {
    const { say } = await greeter();
    expectRefusal((await say(mallory, "")).received);
  });

  it.each([
    ["two requests in a row", hello + hello],
    ["what is no HTTP", "\x16\x03\x01 nonsense\r\n\r\n"],
    ["an upgrade", hello.replace("connection: close", "connection: upgrade\r\nupgrade: websocket")],
  ])("is answered the same to %s: nothing is parsed", async (_what, text) => {
    const { say, served } = await greeter();
    expectRefusal((await say(mallory, text)).received);
    expect(served).toEqual([]);
  });

  it("gets its answer whole even while it is sending 10 MB", async () => {
    const { say, served } = await greeter();
    const head = "POST /hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10000000\r\n\r\n";
    for (let time = 0; time < 5; time += 1) {
      const { received } = await say(mallory, Buffer.concat([Buffer.from(head), Buffer.alloc(10_000_000, "a")]));
      expectRefusal(received);
    }
    expect(served).toEqual([]);
  });

  it("does not keep its connection by never closing it", async () => {
    const { port, connections } = await greeter();
    const halfOpen = connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true });
    const { peerAuthority: ca, certificate: cert, key } = mallory;
    const socket = connect({ socket: halfOpen, servername: "localhost", ca, cert, key });
    onTestFinished(() => {
      halfOpen.destroy();
    });
    socket.on("error", () => {}).resume();
    await once(socket, "secureConnect");
    expect(await connections()).toBe(1);
    await expect.poll(connections).toBe(0);
  });
});

describe("a handshake is refused, pinned key or not,", () => {
  const cases: [string, () => Promise<TlsIdentity | undefined>, RegExp][] = [
    ["without a certificate", async () => undefined, /PEER_DID_NOT_RETURN_A_CERTIFICATE/],
    ["with a certificate that is signed by its own key", () => pki.selfSigned(), /SELF_SIGNED/],
    ["with an expired certificate", () => pki.expired(), /CERT_HAS_EXPIRED/],
    ["with a certificate of another authority", () => pki.otherAuthority(), /UNABLE_TO/],
    ["with a certificate for servers", async () => pki.serverIdentity, /INVALID_PURPOSE/],
  ];

  it.each(cases)("%s", async (_what, identityOf, reason) => {
    const { say, served, log } = await greeter();
    const { received } = await say(await identityOf());
    expect(received).toBe("");
    expect(served).toEqual([]);
    expect(log()).toMatch(reason);
  });

  it.each(["TLSv1.2", "TLSv1.1"] as const)("over %s", async (version) => {
    const { say, served } = await greeter();
    const options = { minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" };
    const { received, protocol, errorCode } = await say(alice, hello, options);
    expect({ received, protocol }).toEqual({ received: "", protocol: undefined });
    expect(errorCode).toMatch(/ALERT_PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE/);
    expect(served).toEqual([]);
  });

  it("in plain HTTP", async () => {
    const { port, served } = await greeter();
    const socket = connectTcp(port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    const end = closed(socket);
    socket.write(hello);
    await end;
    expect(received).not.toContain("HTTP");
    expect(served).toEqual([]);
  });

  it("when it does not come to an end within five seconds", async () => {
    const { port } = await greeter();
    const socket = connectTcp(port, "127.0.0.1");
    const started = performance.now();
    await closed(socket.resume());
    expect(performance.now() - started).toBeGreaterThan(4_500);
    expect(performance.now() - started).toBeLessThan(60_000); // Node.js itself would wait for two minutes
  });

  it("and the server goes on serving others", async () => {
    const { say, served } = await greeter();
    for (const [, identityOf] of cases) await say(await identityOf());
    await say(mallory);
    expect((await say(alice)).received).toContain("hello alice");
    expect(served).toEqual(["alice"]);
  });
});

it("knows no name for a socket that did not come through its door", () => {
  refusal("client_refused", () => clientNameOf(connectTcp({ port: 1, host: "127.0.0.1" }).on("error", () => {})));
});
