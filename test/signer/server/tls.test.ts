import { connect as connectTcp } from "node:net";
import { connect, createServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPinnedClient, type TlsIdentity } from "../../../shared/tls/index.ts";
import type { TestIdentity } from "../../support/pki.ts";
import { clientSettings, createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { type Conversation, get, type Talk, talk } from "./rawClient.ts";

let world: SignerWorld;
let port: number;

/** Identities whose keys the signer has pinned, so that nothing but the certificate speaks against them. */
const pinnedButWrong: Record<string, TestIdentity> = {};

beforeAll(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      pinnedButWrong["self-signed"] = await pki.selfSigned();
      pinnedButWrong["issued by another authority"] = await pki.otherAuthority();
      pinnedButWrong.expired = await pki.expired();
      pinnedButWrong["made for a server"] = await pki.otherServer("no-client");
      for (const [index, identity] of Object.values(pinnedButWrong).entries()) {
        policy.clients.push(clientSettings(`wrong-${index}`, identity, ["one-to-two"]));
      }
    },
  });
  port = (await world.start()).ports.listen;
});
afterAll(() => world.close());

async function visit(identity?: Partial<TlsIdentity>, tls: Talk["tls"] = {}): Promise<Conversation> {
  const ca = world.pki.serverIdentity.peerAuthority;
  return talk({ port, send: [get("/v1/keys")], ...(identity ? { identity } : {}), tls: { ca, ...tls } });
}

describe("the signer's door", () => {
  afterEach(async () => {
    const conversation = await visit(await world.pki.clientIdentity("chain-a"));
    expect(conversation.text).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it("lets in a client whose certificate chains to the authority and whose key is pinned", async () => {
    const { text, error } = await visit(await world.pki.clientIdentity("chain-a"));
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(text).toContain('"keys":[{"name":"to-one"');
    expect(error).toBeUndefined();
  });

  it("refuses a client without a certificate", async () => {
    expect(await visit()).toMatchObject({ text: "", error: expect.stringContaining("CERTIFICATE_REQUIRED") });
  });

  it.each(["self-signed", "issued by another authority", "expired", "made for a server"])(
    "refuses a client whose key is pinned and whose certificate is %s",
    async (kind) => {
      const { text } = await visit(pinnedButWrong[kind]);
      expect(text).toBe("");
    },
  );

  it("says in its log why a certificate was refused", async () => {
    const before = world.log.length;
    await visit(pinnedButWrong.expired);
    const lines = world.log.slice(before).map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ level: "warn", reason: "CERT_HAS_EXPIRED" }));
  });

  it("answers 403 to a client whose certificate is good and whose key is not pinned", async () => {
    const { text } = await visit(await world.pki.clientIdentity("stranger"));
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1.1 403 Forbidden\r\ncontent-type: application\/problem\+json/);
    expect(JSON.parse(body)).toMatchObject({
      status: 403,
      code: "client_refused",
      detail: "This client is not let in: its key is not pinned.",
    });
  });

  it.each(["TLSv1.2", "TLSv1.1"] as const)("refuses %s", async (version) => {
    const identity = await world.pki.clientIdentity("chain-a");
    const { text, error } = await visit(identity, { minVersion: version, maxVersion: version });
    expect(text).toBe("");
    expect(error).toMatch(/PROTOCOL/);
  });

  it("does not answer plain HTTP", async () => {
    const answered = await new Promise<string>((resolve) => {
      const socket = connectTcp(port, "127.0.0.1", () => socket.write(get("/v1/keys")));
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("error", () => {});
      socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    });
    expect(answered).not.toContain("HTTP/1.1 200");
    expect(answered).not.toContain("keys");
  });
});

describe("TLS sessions", () => {
  it("cannot be resumed by any ticket that the server sent", async () => {
    const identity = await world.pki.clientIdentity("chain-a");
    const first = await visit(identity);
    expect(first.text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(first.sessions.length).toBeGreaterThan(0); // OpenSSL always sends some; these lead nowhere
    for (const session of first.sessions) {
      const second = await visit(identity, { session });
      expect(second.text).toMatch(/^HTTP\/1.1 200 OK/);
      expect(second.resumed).toBe(false);
    }
  });

  it("would be resumed by this very test if the server allowed it", async () => {
    const { certificate: cert, key, peerAuthority: ca } = world.pki.serverIdentity;
    const options = { cert, key, ca, requestCert: true, minVersion: "TLSv1.3" } as const;
    const lenient = createServer(options, (socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    await new Promise<void>((resolve) => lenient.listen(0, "127.0.0.1", resolve));
    const { port: lenientPort } = lenient.address() as { port: number };
    try {
      const identity = await world.pki.clientIdentity("chain-a");
      const first = await talk({ port: lenientPort, identity, send: [] });
      const [session] = first.sessions;
      const second = await talk({ port: lenientPort, identity, send: [], tls: { session } });
      expect(second.resumed).toBe(true);
    } finally {
      lenient.close();
    }
  });

  it("are not carried over to a key that is not pinned", async () => {
    const { sessions } = await visit(await world.pki.clientIdentity("chain-a"));
    const stranger = await world.pki.clientIdentity("stranger");
    for (const session of sessions) {
      expect((await visit(stranger, { session })).text).toMatch(/^HTTP\/1.1 403 Forbidden/);
    }
  });
});

describe("a client of the signer", () => {
  /** What a server with another key gets to read when a client that expects `pin` posts to it. */
  async function readByImpostor(pin: string): Promise<{ outcome: unknown; connections: number; read: string }> {
    const { certificate: cert, key, peerAuthority: ca } = await world.pki.otherServer("impostor");
    const chunks: Buffer[] = [];
    let connections = 0;
    const impostor = createServer({ cert, key, ca, requestCert: true }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      });
    });
    impostor.on("connection", () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
    const client = createPinnedClient({
      peer: "signer",
      baseUrl: `https://127.0.0.1:${(impostor.address() as { port: number }).port}`,
      identity: await world.pki.clientIdentity("chain-a"),
      pin,
      timeoutMs: 5_000,
    });
    const outcome = await client.request("POST", "/v1/attestations", { amount: "1" }).catch((error: unknown) => error);
    client.close();
    await new Promise<void>((resolve) => impostor.close(() => resolve()));
    return { outcome, connections, read: Buffer.concat(chunks).toString() };
  }

  it("sends nothing to a server whose key is not the pinned one", async () => {
    const { outcome, connections, read } = await readByImpostor(world.pki.serverIdentity.pin);
    expect(outcome).toMatchObject({ code: "peer_not_pinned", data: { peer: "signer" } });
    expect(connections).toBe(1);
    expect(read).toBe("");
  });

  it("sends its request to that very server if its key is the pinned one", async () => {
    const { outcome, read } = await readByImpostor((await world.pki.otherServer("impostor")).pin);
    expect(outcome).toMatchObject({ status: 200 });
    expect(read).toContain("POST /v1/attestations");
  });
});

describe("a connection that never speaks", () => {
  it("does not keep the signer from answering others", async () => {
    const silent = connectTcp(port, "127.0.0.1");
    const shaken = connect({ port, host: "127.0.0.1", ...tlsOptions(await world.pki.clientIdentity("chain-a")) });
    silent.on("error", () => {});
    shaken.on("error", () => {});
    try {
      expect((await visit(await world.pki.clientIdentity("chain-b"))).text).toMatch(/^HTTP\/1.1 200 OK/);
    } finally {
      silent.destroy();
      shaken.destroy();
    }
  });
});

function tlsOptions({ certificate: cert, key, peerAuthority: ca }: TlsIdentity) {
  return { cert, key, ca };
}
