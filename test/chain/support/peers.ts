import type { AddressInfo } from "node:net";
import { SigningKey, Wallet } from "ethers";
import { digestScheme, type Hex, type SchemeName, type VerdictResult } from "../../../shared/digest/index.ts";
import { AttestorError, problemMediaType, toProblem } from "../../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../../shared/http/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { check } from "../../../shared/schema/index.ts";
import { createPinnedServer } from "../../../shared/tls/index.ts";
import {
  type Attestation,
  type AttestationRequest,
  type AttestationSubmission,
  attestationRequestSchema,
  attestationSubmissionSchema,
  attestationToWire,
} from "../../../shared/wire/index.ts";
import type { TestPki } from "../../support/pki.ts";

export { freePort } from "../../support/freePort.ts";

/** How a peer answers a request: an HTTP status with a body, or undefined for the ordinary answer. */
export interface PeerReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Peer<R> {
  readonly url: string;
  readonly pin: string;
  /** Every request, in order of arrival. */
  readonly requests: readonly R[];
  /** Asked first for each request. */
  reply: ((request: R) => PeerReply | undefined | Promise<PeerReply | undefined>) | undefined;
  /** How many batches came, and what each of them gets instead of its answers. */
  batches: number;
  refuseBatches: PeerReply | undefined;
  close(): Promise<void>;
}

/** A signer that speaks the real protocol over real mutual TLS and keeps its key in memory. */
export interface SignerDouble extends Peer<AttestationRequest> {
  readonly address: string;
  /** What it signs with; verulink-evm from the start. */
  scheme: SchemeName;
  /** An attestation by any key; the digest is the scheme's own unless the test brings another. */
  attest(request: AttestationRequest, changes?: Partial<Attestation>, key?: string): Attestation;
}

/** A collector that acknowledges, and shows what it has. */
export interface CollectorDouble extends Peer<AttestationSubmission> {
  /** What it takes attestations to be signed with; verulink-evm from the start. */
  scheme: SchemeName;
  /** The id of its store. */
  instance: string;
  /** What it asks attestors for. */
  missed: readonly object[];
  /** Told whenever it is asked for those of an attestor; what it throws is the answer. */
  onRequests: ((attestor: string) => void) | undefined;
  /** What a read-back shows instead of what was handed in. */
  shown: PeerReply | undefined;
}

export const attestorKey = `0x${"a7".repeat(32)}`;
export const strangerKey = `0x${"5b".repeat(32)}`;
const silent = createLogger({ service: "double", level: "error" }, { write: () => {} });

export async function startSignerDouble(pki: TestPki, keys?: readonly object[]): Promise<SignerDouble> {
  const { address } = new Wallet(attestorKey);
  const peer = await startPeer<AttestationRequest>(pki, "signer-double", (body) => {
    const request = check(attestationRequestSchema, body, "body");
    const approve = () => ({ outcome: "approved", attestation: attestationToWire(double.attest(request)) });
    return { request, ordinary: { status: 200, body: approve } };
  });
  peer.keys = keys ?? [{ scheme: "verulink-evm", deployment: "local", destination: "2", address }];
  const double: SignerDouble = Object.assign(peer, {
    address,
    scheme: "verulink-evm" as const,
    attest: (request: AttestationRequest, changes: Partial<Attestation> = {}, key = attestorKey) =>
      attestationBy(double.scheme, request, changes, key),
  });
  return double;
}

const softwareKeys = new Map<string, { readonly signing: SigningKey; readonly address: string }>();

/** Derived once: a backlog of fifty thousand packets would spend minutes on it. */
function softwareKey(key: string) {
  const known = softwareKeys.get(key) ?? { signing: new SigningKey(key), address: new Wallet(key).address };
  softwareKeys.set(key, known);
  return known;
}

/** Signs with ethers, not with the code under test. */
function attestationBy(
  scheme: SchemeName,
  request: AttestationRequest,
  changes: Partial<Attestation>,
  key: string,
): Attestation {
  const result: VerdictResult = (changes.verdict ?? request.verdict).result;
  const { packetHash, digest } = digestScheme(scheme).digestOf(changes.packet ?? request.packet, result);
  const unsigned = { ...request, scheme, packetHash, digest, ...changes };
  const { signing, address: signer } = softwareKey(key);
  const signature = signing.sign(unsigned.digest).serialized as Hex;
  return { ...unsigned, assurance: "claimed", custody: "hsm", signature, signer, ...changes };
}

export async function startCollectorDouble(pki: TestPki): Promise<CollectorDouble> {
  const peer = await startPeer<AttestationSubmission>(
    pki,
    "collector-double",
    (body) => ({
      request: check(attestationSubmissionSchema, body, "body"),
      ordinary: { status: 201, body: () => ({ stored: true }) },
    }),
    (service) => {
      service.get("/v1/requests", (incoming) => {
        double.onRequests?.((incoming.query as { attestor: string }).attestor);
        return { requests: double.missed };
      });
      service.get("/v1/store", () => ({ instance: double.instance }));
      service.get("/v1/attestations/:source/:destination/:sequence", (incoming, outgoing) => {
        const { sequence } = incoming.params as { sequence: string };
        const found = peer.requests.findLast(({ packet }) => `${packet.sequence}` === sequence);
        if (double.shown) return outgoing.status(double.shown.status).send(double.shown.body ?? {});
        if (!found) throw new AttestorError("not_found", { what: "such statement" });
        return digestScheme(double.scheme).digestOf(found.packet, found.verdict.result);
      });
    },
  );
  const double: CollectorDouble = Object.assign(peer, {
    scheme: "verulink-evm" as const,
    instance: "store-1",
    missed: [],
    onRequests: undefined,
    shown: undefined,
  });
  return double;
}

/** A refusal as our services send it. */
export function refusal(error: AttestorError, more: object = {}): PeerReply {
  return {
    status: error.status,
    body: { ...toProblem(error), ...more },
    headers: { "content-type": problemMediaType },
  };
}

export function denial(reason: string): PeerReply {
  return refusal(new AttestorError("denied", { rule: "route", reason, inputs: {} }), { outcome: "denied" });
}

async function startPeer<R>(
  pki: TestPki,
  name: string,
  read: (body: unknown) => { request: R; ordinary: { status: number; body: () => unknown } },
  more: (service: HttpService) => void = () => {},
): Promise<Peer<R> & { keys: readonly object[] }> {
  const identity = await pki.otherServer(name);
  await pki.clientIdentity("chain-service");
  const service = createHttpService({
    logger: silent,
    createServer: (handler) => createPinnedServer(identity, pki.pins, silent, handler),
  });
  const requests: R[] = [];
  const answer = async (body: unknown): Promise<PeerReply> => {
    const { request, ordinary } = read(body);
    requests.push(request);
    return (await peer.reply?.(request)) ?? { status: ordinary.status, body: ordinary.body() };
  };
  service.post("/v1/attestations", async (incoming, outgoing) => {
    const { status, body = {}, headers } = await answer(incoming.body);
    return outgoing
      .status(status)
      .headers({ "content-type": "application/json", ...headers })
      .send(body);
  });
  service.post("/v1/attestations/batch", { bodyLimit: 1_048_576 }, async (incoming, outgoing) => {
    peer.batches += 1;
    if (peer.refuseBatches) return outgoing.status(peer.refuseBatches.status).send(peer.refuseBatches.body ?? {});
    const { requests: items } = incoming.body as { requests: unknown[] };
    const answers = await Promise.all(items.map(answer));
    return {
      answers: answers.map(({ status, body = {}, headers }) => ({
        status,
        ...(headers?.["retry-after"] !== undefined && { retryAfterSeconds: Number(headers["retry-after"]) }),
        body,
      })),
    };
  });
  service.get("/v1/keys", () => ({ keys: peer.keys }));
  more(service);
  await service.listen({ host: "127.0.0.1", port: 0 });
  const { port } = service.server.address() as AddressInfo;
  const peer: Peer<R> & { keys: readonly object[] } = {
    url: `https://127.0.0.1:${port}`,
    pin: identity.pin,
    requests,
    reply: undefined,
    batches: 0,
    refuseBatches: undefined,
    keys: [],
    close: () => service.close(),
  };
  return peer;
}
