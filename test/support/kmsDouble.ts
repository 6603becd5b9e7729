import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { formatKmsUri } from "../../hsm/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { type Caller, signatureProblem } from "./kms/sigV4.ts";
import { derOf, p256Key, type SoftwareKey, softwareKey } from "./kms/softwareKey.ts";

/** What the double does instead of answering rightly. A word in quotes is the type of an error that KMS answers. */
export type KmsFault =
  | { readonly answer: string; readonly status?: number }
  | { readonly wire: "hang" | "reset" | "reset half-way" | "stall half-way" | "no JSON" }
  | { readonly signature: "high s" | "low s" | "truncated" | "trailing byte" | "by another key" | "none" }
  | { readonly about: "another key" }
  /** Milliseconds before the right answer. */
  | { readonly lateBy: number };

export interface DoubleKey {
  readonly arn: string;
  /** For a configuration. */
  readonly uri: string;
  readonly publicKey: Hex;
  readonly address: string;
  /** What DescribeKey and GetPublicKey state of it; a test may change it. */
  readonly metadata: { KeyState: string; Origin: string; MultiRegion: boolean; KeyUsage: string };
}

/** What arrived, in order. */
export interface SeenRequest {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface KmsDouble {
  readonly endpoint: string;
  /** What a keeper needs in its environment to be let in. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly keys: readonly DoubleKey[];
  readonly seen: readonly SeenRequest[];
  /** From now on calls of this operation do this, `times` of them or all. */
  misbehave(operation: string, fault: KmsFault, times?: number): void;
  behave(): void;
  /** From now on a request with any other credentials than those is refused. */
  letIn(caller: Caller): void;
  /** From now on its clock, by which it judges requests and dates answers, is that many milliseconds before this machine's. */
  runAhead(milliseconds: number): void;
  close(): Promise<void>;
}

/** When the double's keys were created, as it says; milliseconds since 1970. */
export const createdAt = Date.UTC(2026, 10, 26, 9, 30, 0, 250);

const region = "eu-central-1";
const account = "111122223333";
const contentType = "application/x-amz-json-1.1";

const requestSchema = z.object({
  KeyId: z.string(),
  Message: z.base64().optional(),
  MessageType: z.enum(["RAW", "DIGEST"]).default("RAW"),
  SigningAlgorithm: z.string().optional(),
});

class KmsRefusal extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

interface Held {
  readonly key: SoftwareKey;
  readonly shown: DoubleKey;
}

/**
 * AWS KMS's wire protocol (JSON 1.1 over HTTP, Signature Version 4) over keys in software. It is as strict as KMS is
 * documented to be: what a client gets past it, KMS would take.
 *
 * @param specs a key for each.
 */
export async function createKmsDouble(specs: readonly SoftwareKey["spec"][]): Promise<KmsDouble> {
  const folder = mkdtempSync(path.join(tmpdir(), "kms-"));
  let caller: Caller = { accessKeyId: "AKIDKMSDOUBLE0000001", secretAccessKey: randomUUID() };
  const credentials = path.join(folder, "credentials");
  writeFileSync(
    credentials,
    `[default]\naws_access_key_id = ${caller.accessKeyId}\naws_secret_access_key = ${caller.secretAccessKey}\n`,
    { mode: 0o600 },
  );
  const held: Held[] = [];
  const seen: SeenRequest[] = [];
  let aheadMs = 0;
  const faults = new Map<string, { fault: KmsFault; left: number }>();
  const stranger = softwareKey();

  const server = createServer((request, response) => {
    request.on("error", () => {});
    void handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const spec of specs) held.push(makeKey(spec, endpoint));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    response.setHeader("date", new Date(Date.now() + aheadMs).toUTCString());
    const operation = /^TrentService\.(\w+)$/.exec(String(request.headers["x-amz-target"]))?.[1] ?? "";
    try {
      if (request.method !== "POST" || request.url !== "/") throw new KmsRefusal("UnknownOperationException");
      if (request.headers["content-type"] !== contentType) throw new KmsRefusal("SerializationException");
      const problem = signatureProblem(request, body, caller, region, Date.now() + aheadMs);
      if (problem !== undefined) throw new KmsRefusal(problem);
      const parsed: unknown = JSON.parse(body.toString("utf8"));
      seen.push({ operation, body: z.record(z.string(), z.unknown()).parse(parsed) });
      const fault = takeFault(operation);
      if (fault && "answer" in fault) return send(response, fault.status ?? 400, { __type: fault.answer, message: "" });
      const answer = operate(operation, requestSchema.parse(parsed), fault);
      if (fault && "wire" in fault) return breakWire(response, fault.wire, answer);
      if (fault && "lateBy" in fault) await pause(fault.lateBy);
      send(response, 200, answer);
    } catch (error) {
      const type = error instanceof KmsRefusal ? error.type : "ValidationException";
      send(response, 400, { __type: type, message: "refused by the double" });
    }
  }

  function takeFault(operation: string): KmsFault | undefined {
    const planned = faults.get(operation);
    if (!planned || planned.left === 0) return undefined;
    planned.left -= 1;
    return planned.fault;
  }

  function operate(operation: string, asked: z.output<typeof requestSchema>, fault: KmsFault | undefined): object {
    const { key, shown } = find(asked.KeyId);
    const { KeyState, KeyUsage, Origin, MultiRegion } = shown.metadata;
    const KeyId = fault && "about" in fault ? `${shown.arn.slice(0, -1)}x` : shown.arn;
    const spec = { KeySpec: key.spec, CustomerMasterKeySpec: key.spec, KeyUsage, SigningAlgorithms: ["ECDSA_SHA_256"] };
    if (operation === "DescribeKey") {
      const CreationDate = createdAt / 1_000; // JSON 1.1 has times in seconds
      return { KeyMetadata: { Arn: KeyId, KeyId: key.id, KeyState, Origin, MultiRegion, CreationDate, ...spec } };
    }
    if (KeyState === "Disabled") throw new KmsRefusal("DisabledException");
    if (KeyState !== "Enabled") throw new KmsRefusal("KMSInvalidStateException");
    if (operation === "GetPublicKey") return { KeyId, PublicKey: key.spki.toString("base64"), ...spec };
    if (operation !== "Sign") throw new KmsRefusal("UnknownOperationException");
    if (KeyUsage !== "SIGN_VERIFY") throw new KmsRefusal("InvalidKeyUsageException");
    if (asked.SigningAlgorithm !== "ECDSA_SHA_256") throw new KmsRefusal("InvalidKeyUsageException");
    const signature = signatureBy(key, digestOf(asked), fault);
    return { KeyId, SigningAlgorithm: "ECDSA_SHA_256", ...(signature && { Signature: signature.toString("base64") }) };
  }

  function find(name: string): Held {
    const found = held.find(({ key, shown }) => name === key.id || name === shown.arn);
    if (!found) throw new KmsRefusal("NotFoundException");
    return found;
  }

  function signatureBy(key: SoftwareKey, digest: Buffer, fault: KmsFault | undefined): Buffer | undefined {
    switch (fault && "signature" in fault ? fault.signature : undefined) {
      case "high s":
        return derOf(key.sign(digest, "high"));
      case "low s":
        return derOf(key.sign(digest, "low"));
      case "truncated":
        return derOf(key.sign(digest)).subarray(0, -1);
      case "trailing byte":
        return Buffer.concat([derOf(key.sign(digest)), Buffer.of(0)]);
      case "by another key":
        return derOf(stranger.sign(digest));
      case "none":
        return undefined;
      default:
        return derOf(key.sign(digest));
    }
  }

  return {
    endpoint,
    folder,
    env: { HOME: folder, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_EC2_METADATA_DISABLED: "true" },
    keys: held.map(({ shown }) => shown),
    seen,
    misbehave: (operation, fault, times = Number.POSITIVE_INFINITY) =>
      void faults.set(operation, { fault, left: times }),
    behave: () => faults.clear(),
    letIn: (other) => {
      caller = other;
    },
    runAhead: (milliseconds) => {
      aheadMs = milliseconds;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeKey(spec: SoftwareKey["spec"], endpoint: string): Held {
  const key = spec === "ECC_SECG_P256K1" ? softwareKey() : p256Key();
  const arn = `arn:aws:kms:${region}:${account}:key/${key.id}`;
  const metadata = { KeyState: "Enabled", Origin: "AWS_KMS", MultiRegion: false, KeyUsage: "SIGN_VERIFY" };
  const publicKey: Hex = `0x${key.point.toString("hex")}`;
  const uri = formatKmsUri({ arn, endpoint });
  return { key, shown: { arn, uri, publicKey, address: addressOfPublicKey(key.point), metadata } };
}

/** What is signed: a digest as it is, a message hashed once more. Asking for the wrong one gives a wrong signature. */
function digestOf({ Message, MessageType }: z.output<typeof requestSchema>): Buffer {
  const message = Buffer.from(Message ?? "", "base64");
  if (MessageType === "DIGEST" ? message.length !== 32 : message.length < 1 || message.length > 4_096) {
    throw new KmsRefusal("ValidationException");
  }
  return MessageType === "DIGEST" ? message : createHash("sha256").update(message).digest();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": contentType, "x-amzn-requestid": randomUUID() });
  response.end(JSON.stringify(body));
}

function breakWire(response: ServerResponse, how: string, answer: object): void {
  if (how === "hang") return;
  if (how === "reset") return void response.socket?.resetAndDestroy();
  if (how === "no JSON") {
    response.writeHead(200, { "content-type": contentType });
    return void response.end("<html>");
  }
  const text = JSON.stringify(answer);
  response.writeHead(200, { "content-type": contentType, "content-length": text.length });
  response.write(text.slice(0, text.length / 2), () => {
    if (how === "reset half-way") response.socket?.resetAndDestroy();
  });
}
