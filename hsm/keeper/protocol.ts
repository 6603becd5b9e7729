import { z } from "zod";
import { type SchnorrText, schnorrText } from "../../shared/aleo/index.ts";
import type { Hex, VerdictResult } from "../../shared/digest/index.ts";
import { AttestorError, type ErrorCode, faultName } from "../../shared/errors/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { check, hexBytes, integer, name } from "../../shared/schema/index.ts";
import { type CeremonyStatement, ceremonyStatementSchema } from "../ceremony/statement.ts";
import type { FaultNotice } from "../keystore.ts";
import { attestParameters, attestPrefix, encodeAttest, encodeSigned, signedPrefix, splitLine } from "./attestLine.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type AnyKeySpec, anyKeySpecSchema } from "./keySpec.ts";

/**
 * What a key answered, as it is: 64 bytes r ‖ s, s in either half, or an Aleo account's `sign1…`. Whoever asked verifies it, and
 * finds the recovery id in the same step; a keeper that did so too would spend as much again on what nobody may rely on.
 */
export type KeeperSignature = Hex | SchnorrText;

/**
 * The protocol between the daemon and a keeper: a line for each request, with an id that its answer carries, any
 * number of requests at a time. A line is a JSON document, but for `attest` and its signature (see attestLine.ts).
 *
 * There is no operation that signs a digest: the keeper builds every digest itself out of typed values, so that whoever
 * gets hold of the daemon's end does not get a signer of anything.
 */
interface Exchanges {
  /** First and once: opens the keys, all of them in one token, and reads which ledger each belongs to. */
  open: {
    parameters: { keys: AnyKeySpec[]; sessions: number; stateFolder: string; callDeadlineMs: number };
    answer: { keys: { name: string; attributes: Record<string, string>; ledgers: string[]; bindable: boolean }[] };
  };
  /** Signs a packet with a verdict, by the scheme of the key. */
  attest: {
    parameters: { key: string; packet: Packet; verdict: VerdictResult };
    answer: { signature: KeeperSignature };
  };
  /** Signs where the audit chain stands, with a key that is for nothing else. */
  checkpoint: { parameters: { key: string } & Checkpoint; answer: { signature: Hex } };
  /** Signs a possession challenge. */
  prove: { parameters: { key: string; nonce: Hex }; answer: { signature: KeeperSignature } };
  /** Signs what was done in the ceremony in which the key was made. */
  ceremony: { parameters: { key: string; statement: CeremonyStatement }; answer: { signature: KeeperSignature } };
  /** Ends the use of the token. */
  close: { parameters: Record<string, never>; answer: Record<string, never> };
}

export type Operation = keyof Exchanges;
export type Parameters<O extends Operation> = Exchanges[O]["parameters"];
export type Answer<O extends Operation> = Exchanges[O]["answer"];

const keeperSignature = z.union([hexBytes(64), schnorrText]);
const nothing = z.strictObject({}).transform((): Record<string, never> => ({}));

/** Of the operations whose requests are JSON. */
const parameterSchemas: { readonly [O in Exclude<Operation, "attest">]: z.ZodType<Parameters<O>> } = {
  open: z.strictObject({
    keys: z.array(anyKeySpecSchema).min(1),
    sessions: integer(1, 256),
    stateFolder: z.string().startsWith("/"),
    callDeadlineMs: integer(1, 86_400_000),
  }),
  checkpoint: z.strictObject({
    key: name,
    ledger: z.string().regex(/^[0-9a-f]{32}$/),
    size: integer(1, Number.MAX_SAFE_INTEGER),
    head: hexBytes(32),
    atMs: integer(0, Number.MAX_SAFE_INTEGER),
  }),
  prove: z.strictObject({ key: name, nonce: hexBytes(32) }),
  ceremony: z.strictObject({ key: name, statement: ceremonyStatementSchema }),
  close: nothing,
};

const answerSchemas: { readonly [O in Operation]: z.ZodType<Answer<O>> } = {
  open: z.strictObject({
    keys: z.array(
      z.strictObject({
        ...{ name, attributes: z.record(z.string(), z.string()) },
        ...{ ledgers: z.array(z.string().max(4096)), bindable: z.boolean() },
      }),
    ),
  }),
  attest: z.strictObject({ signature: keeperSignature }),
  checkpoint: z.strictObject({ signature: hexBytes(64) }),
  prove: z.strictObject({ signature: keeperSignature }),
  ceremony: z.strictObject({ signature: keeperSignature }),
  close: nothing,
};

const requestId = integer(1, 999_999_999_999_999);

const requestSchema = z.strictObject({
  id: requestId,
  op: z.enum(["open", "checkpoint", "prove", "ceremony", "close"]),
  parameters: z.unknown(),
});

const text = z.string().max(4096);
/** Written from a number, read from JSON as the digits that stand there. */
const seconds = z.union([z.int().min(1).max(3_600), integer(1, 3_600)]);
const failure = <C extends ErrorCode, S extends z.ZodRawShape>(code: C, data: S) =>
  z.strictObject({ code: z.literal(code), data: z.strictObject(data) });

/** The errors that a keeper answers with; any other is `internal`. */
const failureSchema = z.discriminatedUnion("code", [
  failure("denied", { rule: text, reason: text, inputs: z.record(text, text) }),
  failure("malformed_json", { reason: text }),
  failure("invalid_field", { field: text, reason: text }),
  failure("wrong_signature", { key: text }),
  failure("key_missing", { key: text, reason: text }),
  failure("key_mismatch", { key: text, expected: text, found: text }),
  failure("key_attribute", { key: text, attribute: text, expected: text, found: text }),
  failure("token_missing", { token: text, reason: text }),
  failure("module_unusable", { reason: text }),
  failure("pin_rejected", { token: text }),
  failure("pin_latched", { token: text, latchFile: text }),
  failure("pin_unreadable", { location: text, reason: text }),
  failure("database_unusable", { file: text, reason: text }),
  failure("kms_refused", { key: text, call: text, code: text, advice: text }),
  failure("overloaded", { reason: text, retryAfterSeconds: seconds }),
  failure("hsm_error", { call: text, code: text }),
  failure("internal", { reason: text }),
]);

/**
 * An answer: the result, or an error's code and data; `id` is null where the request was too broken to have one. Or, at
 * any time, a notice of a fault after which the device was asked again.
 */
const answerSchema = z.union([
  z.strictObject({ id: requestId, result: z.unknown() }),
  z.strictObject({ id: requestId.nullable(), error: failureSchema }),
  z.strictObject({ notice: z.strictObject({ call: text, code: text, remedy: text }) }),
]);

export interface Request {
  readonly id: number;
  readonly op: Operation;
  /** What {@link parametersOf} reads. */
  readonly parameters: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number | null; readonly error: AttestorError }
  | { readonly notice: FaultNotice };

export function encodeRequest<O extends Operation>(id: number, op: O, values: Parameters<O>): string {
  return isAttest(op, values) ? encodeAttest(id, values) : stringifyJson({ id, op, parameters: values });
}

function isAttest(op: Operation, _values: Parameters<Operation>): _values is Parameters<"attest"> {
  return op === "attest";
}

/** @throws AttestorError `malformed_json`, `invalid_field`. */
export function decodeRequest(line: string): Request {
  if (!line.startsWith(attestPrefix)) return check(requestSchema, parseJson(line), "request");
  const { id, fields } = splitLine(line);
  return { id, op: "attest", parameters: fields };
}

/** @throws AttestorError `invalid_field`. */
export function parametersOf<O extends Operation>(op: O, request: Request): Parameters<O>;
export function parametersOf(op: Operation, { parameters: value }: Request): Parameters<Operation> {
  if (op === "attest") return attestParameters(value as readonly string[]);
  return check<z.ZodType<Parameters<Operation>>>(parameterSchemas[op], value, "parameters");
}

export function encodeResult<O extends Operation>(id: number, op: O, result: Answer<O>): string {
  return op === "attest" && "signature" in result ? encodeSigned(id, result.signature) : stringifyJson({ id, result });
}

export function encodeFailure(id: number | null, error: unknown): string {
  const known = error instanceof AttestorError ? failureSchema.safeParse({ code: error.code, data: error.data }) : null;
  const internal = { code: "internal", data: { reason: `the keeper met ${faultName(error)}` } };
  return stringifyJson({ id, error: known?.success ? known.data : internal });
}

export function encodeNotice(notice: FaultNotice): string {
  return stringifyJson({ notice });
}

/** @throws AttestorError `malformed_json`, `invalid_field`: the keeper does not keep to the protocol. */
export function decodeReply(line: string): Reply {
  if (line.startsWith(signedPrefix)) {
    const { id, fields } = splitLine(line);
    return { id, result: { signature: fields.slice(2).join("\t") } };
  }
  const reply = check(answerSchema, parseJson(line), "answer");
  if (!("error" in reply)) return reply;
  const { code, data } = reply.error;
  return { id: reply.id, error: new AttestorError(code, data) };
}

/** What a device signs, as it is written; the schema of an answer would take longer than the look at its signature. */
const signatureForm = /^0x[0-9a-f]{128}$/;

/** @throws AttestorError `invalid_field`: the keeper does not keep to the protocol. */
export function answerOf<O extends Operation>(op: O, result: unknown): Answer<O>;
export function answerOf(op: Operation, result: unknown): Answer<Operation> {
  if (op === "attest" && typeof result === "object" && result !== null && "signature" in result) {
    const { signature } = result;
    if (typeof signature === "string" && signatureForm.test(signature)) return { signature: signature as Hex };
  }
  return check<z.ZodType<Answer<Operation>>>(answerSchemas[op], result, "answer");
}
