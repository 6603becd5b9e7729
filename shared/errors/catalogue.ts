import { codeText } from "./codeText.ts";

/**
 * The closed set of error codes. Each code states the data it carries, whether a caller can do something about it
 * (`status`, RFC 9110) and the sentence a person reads. A code that is not listed here cannot be thrown.
 *
 * `denied` (policy said no) and `failed` (we could not tell, or could not do it) are kept apart everywhere: only
 * the second is worth retrying.
 */
export interface ErrorData {
  malformed_json: { reason: string };
  invalid_field: { field: string; reason: string };
  body_too_large: { limitBytes: number };
  unsupported_media_type: { expected: string };
  not_found: { what: string };
  method_not_allowed: { allowed: string };
  ambiguous_deployment: { deployments: readonly string[] };
  client_refused: { reason: string };
  request_timeout: { seconds: number };
  denied: { rule: string; reason: string; inputs: Readonly<Record<string, string>> };
  verdict_already_given: { rule: string; given: string; asked: string };
  equivocation: { rule: string; reason: string };
  closed_by_import: { rule: string };
  ledger_rolled_back: { packet: string; deployment: string };
  conflict: { reason: string };
  failed: { rule: string; reason: string };
  overloaded: { reason: string; retryAfterSeconds: number };
  rate_limited: { client: string; retryAfterSeconds: number };
  policy_refused: { problems: readonly string[] };
  approval_refused: { action: string; needed: number; reason: string };
  keeper_unavailable: { reason: string };
  wrong_signature: { key: string };
  key_missing: { key: string; reason: string };
  key_mismatch: { key: string; expected: string; found: string };
  key_attribute: { key: string; attribute: string; expected: string; found: string };
  token_missing: { token: string; reason: string };
  module_unusable: { reason: string };
  pin_rejected: { token: string };
  pin_latched: { token: string; latchFile: string };
  pin_unreadable: { location: string; reason: string };
  kms_refused: { key: string; call: string; code: string; advice: string };
  hsm_error: { call: string; code: string };
  config_invalid: { file: string; problems: readonly string[] };
  usage: { reason: string };
  port_in_use: { address: string; setting: string };
  database_missing: { file: string; create: string };
  database_exists: { file: string };
  database_in_use: { file: string };
  database_unusable: { file: string; reason: string };
  database_damaged: { file: string; reason: string; recovery: string };
  ledger_mismatch: { key: string; expected: string; found: string; advice: string };
  rpc_unreachable: { chain: string; provider: string; reason: string };
  rpc_answer_unusable: { chain: string; provider: string; reason: string };
  rpc_no_quorum: { chain: string; kind: "disagreement" | "too_few"; reason: string };
  rpc_wrong_chain: { chain: string; provider: string; expected: string; found: string };
  contract_mismatch: { chain: string; reason: string };
  chain_stopped: { chain: string; reason: string };
  peer_unreachable: { peer: string; reason: string };
  peer_not_pinned: { peer: string };
  peer_answer_unusable: { peer: string; reason: string };
  peer_refused: { peer: string; code: string; detail: string };
  setup_needed: { reason: string };
  child_ended: { child: string; how: string };
  internal: { reason: string };
}

export type ErrorCode = keyof ErrorData;

interface Entry<C extends ErrorCode> {
  /** HTTP status of the problem document that carries this code. */
  status: number;
  /** The sentence for a person; must contain no secret and no endpoint. */
  message: (data: ErrorData[C]) => string;
}

export const catalogue: { readonly [C in ErrorCode]: Entry<C> } = {
  malformed_json: { status: 400, message: (d) => `The body is not valid JSON: ${d.reason}.` },
  invalid_field: { status: 400, message: (d) => `${d.field}: ${d.reason}.` },
  body_too_large: { status: 413, message: (d) => `The body is larger than the limit of ${d.limitBytes} bytes.` },
  unsupported_media_type: { status: 415, message: (d) => `Send the body as ${d.expected}.` },
  not_found: { status: 404, message: (d) => `There is no ${d.what}.` },
  method_not_allowed: { status: 405, message: (d) => `Use ${d.allowed} here.` },
  ambiguous_deployment: {
    status: 409,
    message: (d) =>
      `More than one deployment has such a packet (${d.deployments.join(", ")}): add ?deployment=NAME to choose one.`,
  },
  client_refused: { status: 403, message: (d) => `This client is not let in: ${d.reason}.` },
  request_timeout: { status: 408, message: (d) => `The request did not arrive within ${d.seconds} seconds.` },
  denied: { status: 403, message: (d) => `Denied by rule ${d.rule}: ${d.reason}.` },
  verdict_already_given: {
    status: 403,
    message: (d) =>
      `Denied by rule ${d.rule}: this packet was given verdict ${d.given} before, not ${d.asked}. Adopt the attestation in this answer; if it has none, the signature is still to be made.`,
  },
  equivocation: { status: 403, message: (d) => `Denied by rule ${d.rule}: ${d.reason}.` },
  closed_by_import: {
    status: 403,
    message: (d) =>
      `Denied by rule ${d.rule}: an earlier ledger of this signer may have signed something for this packet, and its record was not imported.`,
  },
  ledger_rolled_back: {
    status: 409,
    message: (d) =>
      `The signer's ledger does not have its own attestation of packet ${d.packet} of deployment ${d.deployment}: it is an older copy. Signing is stopped; docs/ledger.md says how it goes on.`,
  },
  conflict: { status: 409, message: (d) => `${d.reason}.` },
  failed: { status: 503, message: (d) => `Rule ${d.rule} could not decide: ${d.reason}. Try again later.` },
  overloaded: {
    status: 503,
    message: (d) => `Too busy: ${d.reason}. Try again in ${d.retryAfterSeconds} seconds.`,
  },
  rate_limited: {
    status: 429,
    message: (d) => `Client ${d.client} asks too often. Try again in ${d.retryAfterSeconds} seconds.`,
  },
  policy_refused: {
    status: 422,
    message: (d) => `The policy is not put into force: ${d.problems.join("; ")}.`,
  },
  approval_refused: {
    status: 403,
    message: (d) =>
      `${d.action} needs a statement signed by ${d.needed === 1 ? "an operator" : `${d.needed} different operators`}: ${d.reason}.`,
  },
  keeper_unavailable: { status: 503, message: (d) => `The keeper of the keys is not available: ${d.reason}.` },
  wrong_signature: {
    status: 503,
    message: (d) => `The HSM answered with a signature that does not verify under key ${d.key}; it was discarded.`,
  },
  key_missing: { status: 503, message: (d) => `Key ${d.key}: ${d.reason}.` },
  key_mismatch: {
    status: 503,
    message: (d) => `Key ${d.key}: the configuration pins ${d.expected}, the HSM holds ${d.found}.`,
  },
  key_attribute: {
    status: 503,
    message: (d) =>
      `Key ${d.key}: attribute ${d.attribute} must be ${d.expected} and is ${d.found}. Generate a new key that has it (in a token: \`attestor hsm keygen\`).`,
  },
  token_missing: { status: 503, message: (d) => `Token ${d.token}: ${d.reason}.` },
  module_unusable: { status: 503, message: (d) => `The PKCS#11 module cannot be used: ${d.reason}.` },
  database_damaged: { status: 500, message: (d) => `${d.file} is damaged (${d.reason}). ${d.recovery}.` },
  pin_rejected: {
    status: 503,
    message: (d) =>
      `Token ${d.token} rejected the PIN. It was tried once and will not be tried again: put the right PIN into the PIN file and start again.`,
  },
  pin_latched: {
    status: 503,
    message: (d) =>
      `Token ${d.token} rejected this PIN earlier, or three logins with it ended without a clear answer, so it is not tried again (tokens lock). Put the right PIN into the PIN file, or delete ${d.latchFile} if the PIN is right.`,
  },
  pin_unreadable: { status: 503, message: (d) => `The PIN file ${d.location} cannot be used: ${d.reason}.` },
  kms_refused: {
    status: 503,
    message: (d) => `Key ${d.key}: AWS KMS refused ${d.call} (${d.code}). ${d.advice}.`,
  },
  hsm_error: { status: 503, message: (d) => `The HSM answered ${d.code} to ${d.call}.` },
  config_invalid: {
    status: 500,
    message: (d) =>
      `${d.file} has ${d.problems.length === 1 ? "a problem" : `${d.problems.length} problems`}:\n${d.problems.map((p) => `  - ${p}`).join("\n")}`,
  },
  usage: { status: 400, message: (d) => (d.reason.endsWith("?") ? d.reason : `${d.reason}.`) },
  port_in_use: {
    status: 500,
    message: (d) => `${d.address} is in use by another program. Stop that program or change ${d.setting}.`,
  },
  database_missing: { status: 500, message: (d) => `${d.file} does not exist. ${d.create}` },
  database_exists: { status: 500, message: (d) => `${d.file} exists already; it is left as it is.` },
  database_in_use: { status: 500, message: (d) => `${d.file} is in use by another process. Only one may open it.` },
  database_unusable: { status: 500, message: (d) => `${d.file} cannot be used: ${d.reason}.` },
  ledger_mismatch: {
    status: 500,
    message: (d) => `Key ${d.key} belongs to ${d.found}, its token says, and this is ledger ${d.expected}. ${d.advice}`,
  },
  rpc_unreachable: {
    status: 503,
    message: (d) => `Chain ${d.chain}: provider ${d.provider} does not answer (${d.reason}).`,
  },
  rpc_answer_unusable: {
    status: 503,
    message: (d) => `Chain ${d.chain}: provider ${d.provider} gave an unusable answer (${d.reason}).`,
  },
  rpc_no_quorum: { status: 503, message: (d) => `Chain ${d.chain}: no quorum: ${d.reason}.` },
  rpc_wrong_chain: {
    status: 500,
    message: (d) =>
      `Chain ${d.chain}: provider ${d.provider} serves chain id ${d.found}, the configuration says ${d.expected}. Correct evmChainId (on Aleo: network) or the provider's address.`,
  },
  contract_mismatch: { status: 500, message: (d) => `Chain ${d.chain}: ${d.reason}.` },
  chain_stopped: { status: 503, message: (d) => `Chain ${d.chain} is stopped: ${d.reason}.` },
  peer_unreachable: { status: 503, message: (d) => `The ${d.peer} does not answer (${codeText(d.reason)}).` },
  peer_not_pinned: {
    status: 503,
    message: (d) => `The ${d.peer} presented a key that is not the pinned one; nothing was sent to it.`,
  },
  peer_refused: { status: 503, message: (d) => `The ${d.peer} refused (${d.code}): ${d.detail}` },
  peer_answer_unusable: { status: 503, message: (d) => `The ${d.peer} gave an unusable answer: ${d.reason}.` },
  setup_needed: { status: 500, message: (d) => `${d.reason}.` },
  child_ended: { status: 500, message: (d) => `${d.child} ended: ${d.how}.` },
  internal: { status: 500, message: (d) => `An unexpected fault: ${d.reason}. The log has the details.` },
};
