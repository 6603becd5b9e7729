import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Caller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Longest time between signing and arrival, in milliseconds. */
const longestAge = 5 * 60_000;

const form =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/kms\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * Why AWS would refuse a request's Signature Version 4, as the name of its error; undefined if it is right. Recomputed from
 * what arrived: AWS "Signature Version 4 signing process".
 */
export function signatureProblem(
  request: IncomingMessage,
  body: Buffer,
  caller: Caller,
  region: string,
  nowMs = Date.now(),
): string | undefined {
  const { authorization = "", "x-amz-date": date } = request.headers;
  const [, accessKeyId, day = "", inRegion, signedHeaders = "", signature = ""] = form.exec(authorization) ?? [];
  if (accessKeyId === undefined) return "IncompleteSignature";
  if (accessKeyId !== caller.accessKeyId) return "UnrecognizedClientException";
  if (inRegion !== region || typeof date !== "string" || !date.startsWith(day)) return "InvalidSignatureException";
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Math.abs(nowMs - signedAt) <= longestAge)) return "InvalidSignatureException";
  const names = signedHeaders.split(";");
  if (!["host", "x-amz-date", "x-amz-target"].every((name) => names.includes(name))) return "InvalidSignatureException";
  const headers = names.map((name) => `${name}:${String(request.headers[name] ?? "").trim()}\n`).join("");
  const canonical = [request.method, request.url, "", headers, signedHeaders, sha256(body)].join("\n");
  const scope = `${day}/${region}/kms/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const key = [day, region, "kms", "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${caller.secretAccessKey}`));
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex")) ? undefined : "InvalidSignatureException";
}

function sha256(value: string | Buffer): string {
  return createHash("sha256").update(value).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
