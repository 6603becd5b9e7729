import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TlsIdentity } from "../../shared/tls/index.ts";
import { createTestPki, type TestPki } from "../support/pki.ts";

let pki: TestPki;
let server: Server;

beforeAll(async () => {
  pki = await createTestPki();
  server = await serve(pki.serverIdentity);
});
afterAll(() => {
  server.close();
  pki.remove();
});

function serve(identity: TlsIdentity): Promise<Server> {
  const listening = createServer(
    {
      cert: identity.certificate,
      key: identity.key,
      ca: identity.peerAuthority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
    },
    (socket) => socket.end("let in"),
  );
  return new Promise((resolve) => listening.listen(0, "127.0.0.1", () => resolve(listening)));
}

/** What a client gets to see: the server's greeting, or the code of what went wrong. */
function visit(client: TlsIdentity, name?: string, target: Server = server): Promise<string> {
  return new Promise((resolve) => {
    const { port } = target.address() as AddressInfo;
    const { certificate: cert, key, peerAuthority: ca } = client;
    const socket = connect({ host: "127.0.0.1", port, cert, key, ca, ...(name && { servername: name }) });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("data", (data) => resolve(data.toString()));
    socket.on("close", () => resolve("closed"));
  });
}

/** Why the server refused a client, which itself sees no more than its connection end. */
async function refusal(client: TlsIdentity): Promise<unknown> {
  const [refused, seen] = await Promise.all([once(server, "tlsClientError"), visit(client)]);
  expect(seen).not.toBe("let in");
  return (refused[1] as TLSSocket).authorizationError;
}

describe("certificates in a real handshake", () => {
  it("lets a client and a server of one authority meet, by address and by name", async () => {
    const client = await pki.clientIdentity("chain");
    expect(await visit(client)).toBe("let in");
    expect(await visit(client, "localhost")).toBe("let in");
  });

  it("keeps out an expired client", async () => {
    expect(await refusal(await pki.expired())).toBe("CERT_HAS_EXPIRED");
  });

  it("keeps out a client that signed for itself", async () => {
    expect(await refusal(await pki.selfSigned())).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("keeps out a client of another authority", async () => {
    expect(await refusal(await pki.otherAuthority())).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  it("keeps out a server's certificate used as a client's", async () => {
    expect(await refusal(pki.serverIdentity)).toBe("INVALID_PURPOSE");
  });

  it.each([
    ["expired", () => pki.expired("server"), "CERT_HAS_EXPIRED"],
    ["of another authority", () => pki.otherAuthority("server"), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["that shows a client's certificate", () => pki.clientIdentity("chain"), "INVALID_PURPOSE"],
  ])("keeps a client from a server %s", async (_what, identity, code) => {
    const impostor = await serve(await identity());
    expect(await visit(await pki.clientIdentity("chain"), undefined, impostor)).toBe(code);
    impostor.close();
  });

  it("lists the pins of the clients it made, each with a key of its own", async () => {
    const [first, second] = [await pki.clientIdentity("first"), await pki.clientIdentity("second")];
    expect(pki.pins.get(first.pin)).toBe("first");
    expect(pki.pins.get(second.pin)).toBe("second");
    expect((await pki.clientIdentity("first")).certificate).toBe(first.certificate);
  });
});
