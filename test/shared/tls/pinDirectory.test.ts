import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createLogger } from "../../../shared/log/index.ts";
import { createPinDirectory, createPinnedServer, pinnedPeerOf } from "../../../shared/tls/index.ts";
import { createTestPki, type TestIdentity, type TestPki } from "../../support/pki.ts";
import { closed, listening } from "./sockets.ts";

let pki: TestPki;
let alice: TestIdentity;
let aliceNext: TestIdentity;
let bob: TestIdentity;

beforeAll(async () => {
  pki = await createTestPki();
  alice = await pki.clientIdentity("alice");
  aliceNext = await pki.clientIdentity("alice-next");
  bob = await pki.clientIdentity("bob");
});
afterAll(() => pki.remove());

/** A pinned server whose clients can change, and that answers `/slow` only when it is told to. */
async function door(names: ReadonlyMap<string, string>) {
  const directory = createPinDirectory(names);
  const served: string[] = [];
  const slow = Promise.withResolvers<void>();
  const handler: RequestListener = async (request, response) => {
    const { name, pin } = pinnedPeerOf(request.socket);
    served.push(`${name} ${pin}`);
    if (request.url === "/slow") await slow.promise;
    response.end(`hello ${name}`);
  };
  const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
  const server = createPinnedServer(pki.serverIdentity, directory, logger, handler);
  const port = await listening(server);
  const connections = () => promisify(server.getConnections.bind(server))();
  return { directory, served, port, connections, letGo: slow.resolve };
}

/** A connection that stays open. */
async function connected(port: number, identity: TestIdentity): Promise<{ socket: TLSSocket; received(): string }> {
  const { certificate: cert, key, peerAuthority: ca } = identity;
  const socket = connect({ host: "127.0.0.1", port, cert, key, ca });
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket
    .on("error", () => {})
    .on("data", (chunk) => {
      text += String(chunk);
    });
  await once(socket, "secureConnect");
  return { socket, received: () => text };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const answered = (of: { received(): string }, name: string) => expect.poll(of.received).toContain(`hello ${name}`);

describe("a directory of pins", () => {
  it("lets a client that is added in at its next connection", async () => {
    const { directory, port } = await door(new Map([[alice.pin, "alice"]]));
    const early = await connected(port, bob);
    await closed(early.socket);
    expect(early.received()).toMatch(/^HTTP\/1\.1 403/);
    expect(
      directory.replace(
        new Map([
          [alice.pin, "alice"],
          [bob.pin, "bob"],
        ]),
      ),
    ).toBe(0);
    const late = await connected(port, bob);
    late.socket.write(get("/"));
    await answered(late, "bob");
  });

  it("closes the open connections of a client that is removed, and of nobody else", async () => {
    const { directory, port } = await door(
      new Map([
        [alice.pin, "alice"],
        [bob.pin, "bob"],
      ]),
    );
    const gone = [await connected(port, bob), await connected(port, bob)];
    const staying = await connected(port, alice);
    for (const each of [...gone, staying]) each.socket.write(get("/"));
    await Promise.all([...gone.map((each) => answered(each, "bob")), answered(staying, "alice")]);

    expect(directory.replace(new Map([[alice.pin, "alice"]]))).toBe(2);
    await Promise.all(gone.map(({ socket }) => closed(socket)));
    staying.socket.write(get("/"));
    await expect.poll(staying.received).toMatch(/hello alice.*hello alice/s);
  });

  it("gives a removed client no answer to what it asked before", async () => {
    const { directory, served, port, letGo } = await door(new Map([[bob.pin, "bob"]]));
    const removed = await connected(port, bob);
    removed.socket.write(get("/slow"));
    await expect.poll(() => served.length).toBe(1);
    directory.replace(new Map());
    letGo();
    await closed(removed.socket);
    expect(removed.received()).toBe("");
  });

  it("knows two keys of one client apart: the old one's connections close when it is rotated out", async () => {
    const { directory, served, port } = await door(
      new Map([
        [alice.pin, "alice"],
        [aliceNext.pin, "alice"],
      ]),
    );
    const old = await connected(port, alice);
    const next = await connected(port, aliceNext);
    for (const each of [old, next]) each.socket.write(get("/"));
    await Promise.all([answered(old, "alice"), answered(next, "alice")]);
    expect(served.sort()).toEqual([`alice ${alice.pin}`, `alice ${aliceNext.pin}`].sort());
    expect(directory.replace(new Map([[aliceNext.pin, "alice"]]))).toBe(1);
    await closed(old.socket);
    expect(next.socket.destroyed).toBe(false);
  });

  it("closes the connections of a key that now is somebody else's", async () => {
    const { directory, port } = await door(new Map([[alice.pin, "alice"]]));
    const old = await connected(port, alice);
    old.socket.write(get("/"));
    await answered(old, "alice");
    expect(directory.replace(new Map([[alice.pin, "auditor"]]))).toBe(1);
    await closed(old.socket);
    const again = await connected(port, alice);
    again.socket.write(get("/"));
    await answered(again, "auditor");
  });

  it("forgets connections that closed by themselves", async () => {
    const { directory, port, connections } = await door(new Map([[bob.pin, "bob"]]));
    const past = await connected(port, bob);
    past.socket.write(get("/"));
    await answered(past, "bob");
    past.socket.destroy();
    await closed(past.socket);
    await expect.poll(connections).toBe(0);
    expect(directory.replace(new Map())).toBe(0);
  });
});
