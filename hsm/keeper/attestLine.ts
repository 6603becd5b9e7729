import { z } from "zod";
import { verdictResults } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { packetSchema } from "../../shared/packet/index.ts";
import { check, name } from "../../shared/schema/index.ts";
import type { KeeperSignature, Parameters } from "./protocol.ts";

/**
 * The one request that comes a thousand times a second, and its answer, as fields between tabs:
 *
 *     attest  ID  key  verdict  version  sequence  source chain  source address  destination chain  destination address
 *             token  sender  amount  receiver  height
 *     signed  ID  signature
 *
 * No field can hold a tab, so each line has one reading; each reading has one line. As JSON, writing, reading and checking both
 * took five times as long as everything else that the keeper itself does for a signature.
 */
const fieldCount = 15;

export const attestPrefix = "attest\t";
export const signedPrefix = "signed\t";

const parameters = z.strictObject({ key: name, packet: packetSchema, verdict: z.enum(verdictResults) });

const idForm = /^[1-9][0-9]{0,14}$/;
/** {@link fieldCount} fields of what a packet's text can hold. */
const lineForm = /^(?:[\x20-\x7e]*\t){14}[\x20-\x7e]*$/;
const nameForm = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const textForm = /^[\x20-\x7e]{1,128}$/;
const integerForm = /^(0|[1-9][0-9]{0,38})$/;
const [u8, u64, u128] = [8n, 64n, 128n].map((bits) => 1n << bits) as [bigint, bigint, bigint];

/** @throws AttestorError `internal` for a packet that no parser made: one with a character that would end its field. */
export function encodeAttest(id: number, { key, packet, verdict }: Parameters<"attest">): string {
  const { version, sequence, source, destination, message, height } = packet;
  const packetFields = `${version}\t${sequence}\t${source.chainId}\t${source.address}\t${destination.chainId}\t${destination.address}`;
  const messageFields = `${message.destTokenAddress}\t${message.senderAddress}\t${message.amount}\t${message.receiverAddress}`;
  const line = `${attestPrefix}${id}\t${key}\t${verdict}\t${packetFields}\t${messageFields}\t${height}`;
  if (lineForm.test(line)) return line;
  throw new AttestorError("internal", { reason: "a packet's text holds a character that no packet can" });
}

export function encodeSigned(id: number, signature: KeeperSignature): string {
  return `${signedPrefix}${id}\t${signature}`;
}

/** The line's fields, all of them text, and its id. @throws AttestorError `invalid_field` where there is no id. */
export function splitLine(line: string): { readonly id: number; readonly fields: readonly string[] } {
  const fields = line.split("\t");
  const id = fields[1] ?? "";
  if (idForm.test(id)) return { id: Number(id), fields };
  throw new AttestorError("invalid_field", { field: "id", reason: "must be a whole number of at most 15 digits" });
}

/**
 * What is to be attested. Texts and integers are compared with the packet's own rules here, without their schema, which is asked only
 * for what is wrong.
 *
 * @throws AttestorError `invalid_field`.
 */
export function attestParameters(fields: readonly string[]): Parameters<"attest"> {
  if (fields.length !== fieldCount) {
    throw new AttestorError("invalid_field", { field: "parameters", reason: `must be ${fieldCount} fields` });
  }
  return quickParameters(fields) ?? check(parameters, wireOf(fields), "parameters");
}

/** @returns undefined for whatever the schema is to look at. */
function quickParameters(fields: readonly string[]): Parameters<"attest"> | undefined {
  const [, , key = "", verdictText, version, sequence, sourceChain, source = ""] = fields;
  const [, , , , , , , , destinationChain, destination = "", token = "", sender = "", amount, receiver = "", height] =
    fields;
  const verdict = verdictResults.find((result) => result === verdictText);
  const texts = [source, destination, token, sender, receiver];
  if (!verdict || !nameForm.test(key) || !texts.every((text) => textForm.test(text))) return undefined;
  const [versionNumber, sequenceNumber] = [integerBelow(u8, version), integerBelow(u64, sequence)];
  const [sourceId, destinationId] = [integerBelow(u128, sourceChain), integerBelow(u128, destinationChain)];
  const [amountNumber, heightNumber] = [integerBelow(u128, amount), integerBelow(u64, height)];
  if (versionNumber === undefined || sequenceNumber === undefined || sourceId === undefined) return undefined;
  if (destinationId === undefined || amountNumber === undefined || heightNumber === undefined) return undefined;
  return {
    key,
    verdict,
    packet: {
      version: Number(versionNumber),
      sequence: sequenceNumber,
      source: { chainId: sourceId, address: source },
      destination: { chainId: destinationId, address: destination },
      message: { destTokenAddress: token, senderAddress: sender, amount: amountNumber, receiverAddress: receiver },
      height: heightNumber,
    },
  };
}

function integerBelow(limit: bigint, text = ""): bigint | undefined {
  if (!integerForm.test(text)) return undefined;
  const value = BigInt(text);
  return value < limit ? value : undefined;
}

/** The same in Verulink's JSON keys, as the schema reads it. */
function wireOf(fields: readonly string[]) {
  const [, , key, verdict, version, sequence, sourceChain, source] = fields;
  const [, , , , , , , , destinationChain, destination, token, sender, amount, receiver, height] = fields;
  return {
    key,
    verdict,
    packet: {
      ...{ version, sequence, height },
      source: { chain_id: sourceChain, address: source },
      destination: { chain_id: destinationChain, address: destination },
      message: { dest_token_address: token, sender_address: sender, amount, receiver_address: receiver },
    },
  };
}
