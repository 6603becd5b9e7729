import type { DatabaseKind } from "../../shared/sqlite/index.ts";
import { auditSchema } from "../audit/schema.ts";
import { proposalPinSchema } from "../gate/agreement/schema.ts";
import { sightsSchema } from "../gate/holds/schema.ts";
import { gateSchema } from "../gate/schema.ts";
import { ledgerOfAnyScheme, ledgerSchema } from "../ledger/schema.ts";
import { newestSchema } from "../newest/schema.ts";
import { policySchema } from "../policy/schema.ts";
import { standbySchema } from "../standby/schema.ts";

/** The ledger's random id, made once by `attestor ledger init`. */
const identitySchema = `
CREATE TABLE identity (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  ledger TEXT NOT NULL CHECK (length(ledger) = 32 AND ledger NOT GLOB '*[^0-9a-f]*'),
  binding TEXT NOT NULL CHECK (binding IN ('token', 'database')),
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER identity_never_changes BEFORE UPDATE ON identity
BEGIN
  SELECT RAISE(ABORT, 'the id of a ledger never changes');
END;

CREATE TRIGGER identity_is_never_deleted BEFORE DELETE ON identity
BEGIN
  SELECT RAISE(ABORT, 'the id of a ledger never changes');
END;
`;

/** The signer's kind of database: "HALg" as its application id. Each part's schema stands beside the part. */
export const stateKind: DatabaseKind = {
  applicationId: 0x48414c67,
  migrations: [
    [identitySchema, ledgerSchema, auditSchema, gateSchema, policySchema].join("\n"),
    newestSchema,
    standbySchema,
    ledgerOfAnyScheme,
    proposalPinSchema,
    sightsSchema,
  ],
};
