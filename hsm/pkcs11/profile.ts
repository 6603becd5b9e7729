import { AttestorError } from "../../shared/errors/index.ts";
import type { Vendor } from "../keyUri/index.ts";
import type { AttributeValue, Template } from "./attributes.ts";
import type { AttributeName } from "./constants.ts";
import type { Token } from "./token.ts";
import { profiles } from "./vendors/index.ts";

/** One thing that a private key's attribute must say. */
export interface Demand {
  readonly attribute: AttributeName;
  readonly value: AttributeValue;
  /** Whether generation has to ask for it, or the module states it of its own. */
  readonly asked: boolean;
  /** What it means that the token has no such attribute. */
  readonly silence: "refused" | "accepted";
}

/** How to use one vendor's tokens. */
export interface TokenProfile {
  /** How a key's URI calls it (`x-vendor`). */
  readonly vendor: Vendor;
  /** Whether a token is this vendor's, by what it says of itself. */
  readonly recognises: (token: Pick<Token, "manufacturer" | "model">) => boolean;
  /** Whether a signing session must be a read/write one. A read-only session can neither create nor destroy keys. */
  readonly readWriteSessions: boolean;
  /** Whether a key's handle is good only in the session that found it. */
  readonly handlesPerSession: boolean;
  /** Whether a token can hold private data objects, and so the id of the ledger that its keys belong to. */
  readonly dataObjects: boolean;
  /** The template of a public key, without its names. */
  readonly publicKey: Template;
  /** Demanded of every private key, at generation and again at every start. */
  readonly demands: readonly Demand[];
}

/**
 * The profile of a token's vendor: the one that the configuration names, else the one that recognises the token.
 *
 * @throws AttestorError `module_unusable` for a vendor that none is written for: what its attributes mean is not known.
 */
export function profileOf(token: Pick<Token, "label" | "manufacturer" | "model">, named?: Vendor): TokenProfile {
  const profile = profiles.find(({ vendor, recognises }) => (named ? vendor === named : recognises(token)));
  if (profile !== undefined) return profile;
  const reason =
    `token ${token.label} is made by "${token.manufacturer}", which no profile recognises; ` +
    `name one in the key's URI: x-vendor=${profiles.map(({ vendor }) => vendor).join(" or ")}`;
  throw new AttestorError("module_unusable", { reason });
}

/**
 * Whether a token is searched for the ids of ledgers. One that is known to hold them is, whatever vendor the configuration
 * names: else a name in a URI would hide that a key belongs to another ledger.
 */
export function mayNameLedgers(token: Pick<Token, "manufacturer" | "model">, named: TokenProfile): boolean {
  return named.dataObjects || profiles.some(({ dataObjects, recognises }) => dataObjects && recognises(token));
}

/** The attributes that generation asks for. */
export function privateKeyTemplate(profile: TokenProfile): Template {
  const asked = profile.demands.filter((demand) => demand.asked);
  return Object.fromEntries(asked.map(({ attribute, value }) => [attribute, value]));
}
