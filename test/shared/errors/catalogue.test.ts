import { describe, expect, it } from "vitest";
import { catalogue, type ErrorData } from "../../../shared/errors/catalogue.ts";
import { AttestorError, type ErrorCode } from "../../../shared/errors/index.ts";

/** One sample of each code's data. The type makes a code without a sample a compile error. */
const samples: { [C in ErrorCode]: ErrorData[C] } = {
  malformed_json: { reason: "unexpected text at position 7" },
  invalid_field: { field: "message.amount", reason: "is missing" },
  body_too_large: { limitBytes: 65_536 },
  unsupported_media_type: { expected: "application/json" },
  not_found: { what: "such packet" },
  method_not_allowed: { allowed: "GET, POST" },
  ambiguous_deployment: { deployments: ["a", "b"] },
  client_refused: { reason: "its key is not pinned" },
  request_timeout: { seconds: 10 },
  denied: { rule: "route", reason: "the route is unknown", inputs: { source: "1" } },
  verdict_already_given: { rule: "ledger", given: "white", asked: "flagged" },
  equivocation: { rule: "ledger", reason: "another packet was attested" },
  closed_by_import: { rule: "ledger" },
  ledger_rolled_back: { packet: "1/2/7", deployment: "local" },
  conflict: { reason: "Another signature is stored" },
  failed: { rule: "ledger", reason: "the disk is full" },
  overloaded: { reason: "10 requests wait", retryAfterSeconds: 2 },
  rate_limited: { client: "chain-service", retryAfterSeconds: 1 },
  policy_refused: { problems: ["routes: must list at least one"] },
  approval_refused: { action: "resume", needed: 2, reason: "only olga signed" },
  keeper_unavailable: { reason: "it is starting" },
  wrong_signature: { key: "k" },
  key_missing: { key: "k", reason: "the token has no such key" },
  key_mismatch: { key: "k", expected: "0x04aa", found: "0x04bb" },
  key_attribute: { key: "k", attribute: "CKA_EXTRACTABLE", expected: "false", found: "true" },
  token_missing: { token: "t", reason: "no slot holds it" },
  module_unusable: { reason: "the file does not exist" },
  pin_rejected: { token: "t" },
  pin_latched: { token: "t", latchFile: "state/pin.latch" },
  pin_unreadable: { location: "pin.txt", reason: "it is empty" },
  kms_refused: { key: "k", call: "Sign", code: "DisabledException", advice: "Enable the key" },
  hsm_error: { call: "C_Sign", code: "CKR_DEVICE_ERROR" },
  config_invalid: { file: "signer.yaml", problems: ["port: is missing"] },
  usage: { reason: "Name a file" },
  port_in_use: { address: "127.0.0.1:1", setting: "listen.port" },
  database_missing: { file: "ledger.sqlite", create: "Run attestor ledger init." },
  database_exists: { file: "ledger.sqlite" },
  database_in_use: { file: "ledger.sqlite" },
  database_unusable: { file: "ledger.sqlite", reason: "it is empty" },
  database_damaged: { file: "chain.sqlite", reason: "SQLITE_CORRUPT", recovery: "Restore a backup" },
  ledger_mismatch: { key: "k", expected: "a", found: "ledger b", advice: "Use ledger b." },
  rpc_unreachable: { chain: "c", provider: "p", reason: "ECONNREFUSED" },
  rpc_no_quorum: { chain: "c", kind: "too_few", reason: "1 of 3 providers agree" },
  rpc_answer_unusable: { chain: "c", provider: "p", reason: "no block number" },
  rpc_wrong_chain: { chain: "c", provider: "p", expected: "1", found: "2" },
  contract_mismatch: { chain: "c", reason: "no code at the address" },
  chain_stopped: { chain: "c", reason: "a finalized block changed" },
  peer_unreachable: { peer: "signer", reason: "ECONNREFUSED" },
  peer_not_pinned: { peer: "signer" },
  peer_answer_unusable: { peer: "signer", reason: "it is too large" },
  peer_refused: { peer: "signer", code: "denied", detail: "Denied by rule client_rights." },
  setup_needed: { reason: "Install softhsm2" },
  child_ended: { child: "signer", how: "exit code 1" },
  internal: { reason: "see the log" },
};
const cases = Object.entries(samples) as [ErrorCode, ErrorData[ErrorCode]][];

/** RFC 9110: what each class of codes may tell a client. */
const statuses = [400, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503];

describe("the set of error codes", () => {
  it("is closed: the catalogue and the samples have the same codes", () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(samples).sort());
  });

  it.each(cases)("%s is a sentence of its data, with a status that HTTP knows", (code, data) => {
    const error = new AttestorError(code, data);
    expect(error.message).toMatch(/^\S.*[.`]?$/s);
    expect(error.message).toMatch(code === "config_invalid" ? /\S$/ : /\.$/);
    expect(error.message).not.toMatch(/undefined|null|\[object|\.\.|NaN/);
    expect(statuses).toContain(error.status);
    expect(error.code).toBe(code);
    expect(error.data).toEqual(data);
  });

  it("keeps what policy refused (403: do not retry) apart from what could not be decided (503: retry)", () => {
    const statusOf = (code: ErrorCode) => catalogue[code].status;
    for (const code of ["denied", "verdict_already_given", "equivocation", "client_refused"] as const) {
      expect(statusOf(code), code).toBe(403);
    }
    for (const code of ["failed", "overloaded", "keeper_unavailable", "wrong_signature", "hsm_error"] as const) {
      expect(statusOf(code), code).toBe(503);
    }
  });

  it("lists every problem of a configuration on a line of its own", () => {
    const one = new AttestorError("config_invalid", { file: "a.yaml", problems: ["x: is missing"] });
    const two = new AttestorError("config_invalid", { file: "a.yaml", problems: ["x: is missing", "y: is missing"] });
    expect(one.message).toBe("a.yaml has a problem:\n  - x: is missing");
    expect(two.message).toBe("a.yaml has 2 problems:\n  - x: is missing\n  - y: is missing");
  });
});
