import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createTestPki } from "../../support/pki.ts";
import { connectRaw } from "./rawExchange.ts";

const request = Buffer.from("POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n");

/** @param answers raw bytes that the server sends for each request. */
async function connected(answers: readonly (readonly string[])[], pin?: string) {
  const pki = await createTestPki();
  const { serverIdentity } = pki;
  const server = createServer({ cert: serverIdentity.certificate, key: serverIdentity.key });
  let served = 0;
  server.on("secureConnection", (socket) => {
    socket.removeAllListeners("data");
    socket.on("data", async () => {
      for (const part of answers[served++] ?? []) {
        socket.write(part);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connectRaw(port, await pki.clientIdentity("chain-a"), pin ?? serverIdentity.pin);
  onTestFinished(async () => {
    await client.then((connection) => connection.close()).catch(() => {});
    server.close();
    server.closeAllConnections();
    pki.remove();
  });
  return client;
}

it("reads answers one after the other, in however many pieces they come", async () => {
  const connection = await connected([
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
    ["HTTP/1.1 503 Servi", "ce Unavailable\r\ncontent-length: 3\r\n", "\r\n[1", "]"],
  ]);
  expect(await connection.exchange(request)).toEqual({ status: 200, body: "{}" });
  expect(await connection.exchange(request)).toEqual({ status: 503, body: "[1]" });
});

it.each([
  ["no length", "HTTP/1.1 200 OK\r\n\r\n", /no length/],
  ["no HTTP", "hello\r\n\r\n", /no status/],
  ["more than one answer", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{}", /more than was asked for/],
])("refuses an answer with %s", async (_, answer, message) => {
  const connection = await connected([[answer]]);
  await expect(connection.exchange(request)).rejects.toThrow(message);
  expect(() => connection.exchange(request)).toThrow(message);
});

it("refuses a server with another key", async () => {
  await expect(connected([], "sha256/other")).rejects.toThrow("another server");
});
