import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { issueCertificate } from "../../../certs/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { Registry } from "../../../shared/metrics/index.ts";
import {
  createPinnedClient,
  createPinnedServer,
  datesProblem,
  exportCertificateExpiry,
  followTlsIdentity,
  pinnedPeerOf,
} from "../../../shared/tls/index.ts";
import { createTestPki, type TestIdentity, type TestPki } from "../../support/pki.ts";
import { listening } from "./sockets.ts";

let pki: TestPki;
let number = 0;
beforeAll(async () => {
  pki = await createTestPki();
});
afterAll(() => pki.remove());

/** An identity whose files are looked at all the time. */
function followed({ files }: TestIdentity) {
  const log: string[] = [];
  const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => log.push(line) });
  const clock = { sleep: (_longer: number, signal?: AbortSignal) => systemClock.sleep(10, signal) };
  const identity = followTlsIdentity({ files, configFile: "test.yaml", clock, logger });
  onTestFinished(() => identity[Symbol.asyncDispose]());
  return { identity, logger, log: () => log.join("") };
}

/** A server and a client of it, with names that no other test uses. */
async function pair() {
  number += 1;
  const names = { server: `server-${number}`, client: `client-${number}` };
  const [server, client] = [await pki.otherServer(names.server), await pki.clientIdentity(names.client)];
  const [here, there] = [followed(server), followed(client)];
  const serials: string[] = [];
  const listener = createPinnedServer(here.identity, pki.pins, here.logger, (request, response) => {
    serials.push((request.socket as TLSSocket).getPeerCertificate().serialNumber);
    response.end(pinnedPeerOf(request.socket).name);
  });
  const port = await listening(listener);
  const connection = (peerPin = server.pin) =>
    createPinnedClient({
      peer: "server",
      baseUrl: `https://127.0.0.1:${port}`,
      identity: there.identity,
      pin: peerPin,
      timeoutMs: 20_000,
    });
  return { names, server, client, here, there, port, serials, connection };
}

const roleOf = (name: string) => (name.startsWith("server") ? "server" : "client");

function renew(commonName: string) {
  const { authority, folder } = pki.files;
  const role = roleOf(commonName);
  const hosts = role === "server" ? ["127.0.0.1"] : [];
  return issueCertificate({ authority, folder, role, commonName, hosts, days: 9, renew: true });
}

const serialIn = (file: string) => new X509Certificate(readFileSync(file)).serialNumber;
const until = (check: () => unknown) => expect.poll(check, { timeout: 30_000 });

/** The serial number of the certificate that a server shows to a new connection. */
async function shownBy(port: number, { certificate: cert, key, peerAuthority: ca }: TestIdentity): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, cert, key, ca });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

it("a server shows its renewed certificate to new connections, and keeps those that are open", async () => {
  const { names, server, client, port, connection } = await pair();
  const open = connection();
  onTestFinished(() => open.close());
  expect((await open.request("GET", "/")).status).toBe(200);
  const files = await renew(names.server);
  await until(() => shownBy(port, client)).toBe(serialIn(files.certificateFile));
  expect((await open.request("GET", "/")).status, "its pin is that of its key").toBe(200);
  expect(serialIn(files.certificateFile)).not.toBe(new X509Certificate(server.certificate).serialNumber);
});

it("a client shows its renewed certificate on new connections", async () => {
  const { names, there, serials, connection } = await pair();
  const client = connection();
  onTestFinished(() => client.close());
  await client.request("GET", "/");
  const files = await renew(names.client);
  await until(there.log).toContain("took over a renewed certificate");
  await client.request("GET", "/");
  expect(serials).toEqual([serials[0], serialIn(files.certificateFile)]);
  expect(serials[0]).not.toBe(serials[1]);
});

it("files that do not fit together are left alone until they do, and said so once", async () => {
  const { names, server, client, here, port } = await pair();
  const { certificate, key } = server.files;
  const other = await pki.otherServer(`${names.server}-next`);
  const before = await shownBy(port, client);
  copyFileSync(other.files.certificate, certificate);
  await until(here.log).toContain("does not belong to tls.certificate");
  expect(await shownBy(port, client)).toBe(before);
  writeFileSync(key, other.key);
  await until(() => shownBy(port, client)).toBe(serialIn(other.files.certificate));
  expect(here.log().match(/the old one stays/g)).toHaveLength(1);
});

it("exports when the certificate in use expires, a renewed one's too", async () => {
  const { names, server, here } = await pair();
  const registry = new Registry();
  exportCertificateExpiry(registry, "test_certificate_expiry_timestamp_seconds", here.identity);
  const exported = async () => Number(/^test_\S+ (\S+)$/m.exec(await registry.metrics())?.[1]);
  const stated = () => new X509Certificate(readFileSync(server.files.certificate)).validToDate.getTime() / 1_000;
  const before = stated();
  expect(await exported()).toBe(before);
  await renew(names.server);
  expect(stated()).not.toBe(before);
  await until(exported).toBe(stated());
});

it("an own certificate that has expired is told once, until a renewed one is in place", async () => {
  const expired = await pki.expired();
  const { log } = followed(expired);
  expect(log()).toMatch(
    /"level":"error".*"problem":"expired at \d{4}-.*Z".*own certificate is not valid: peers refuse it/,
  );
  await renew("expired-client");
  await until(log).toContain("took over a renewed certificate");
  expect(log().match(/is not valid/g)).toHaveLength(1);
});

it("says of a certificate whether its dates are why it is refused", async () => {
  const { certificate } = await pki.clientIdentity("dated");
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  expect(datesProblem(certificate, from - 1)).toBe(`is not valid before ${validFromDate.toISOString()}`);
  expect(datesProblem(certificate, from)).toBeUndefined();
  expect(datesProblem(certificate, to)).toBeUndefined();
  expect(datesProblem(certificate, to + 1)).toBe(`expired at ${validToDate.toISOString()}`);
});
