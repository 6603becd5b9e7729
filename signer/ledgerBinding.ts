import type { KeeperKey } from "../hsm/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import type { Logger } from "../shared/log/index.ts";
import { fail, pass, type StatefulRule } from "./gate/index.ts";
import type { SignerState } from "./state/index.ts";

/**
 * Refuses to go on with a ledger that the keys do not belong to: it would allow a second signature for what another one
 * has seen signed. A token that cannot hold the ledger's id says nothing; then only a ledger that was made for such
 * tokens is accepted, with a warning, because nobody else vouches for it. A key whose device has no place for the id (AWS
 * KMS, YubiHSM, CloudHSM) may be added to any ledger, with the same warning.
 *
 * @throws AttestorError `ledger_mismatch`.
 */
export function refuseOtherLedger(
  keys: readonly KeeperKey[],
  auditKey: string,
  state: SignerState,
  logger: Logger,
): void {
  for (const { name, ledgers, bindable } of keys) {
    if (name === auditKey) continue; // what it signs names the ledger
    const [other] = ledgers.filter((id) => id !== state.id);
    if (other !== undefined) {
      const advice = "Configure the ledger that the key belongs to.";
      throw mismatch(name, state, `ledger ${other}`, advice);
    }
    if (ledgers.length > 0) continue;
    if (state.binding === "token" && bindable) {
      throw mismatch(name, state, "no ledger", "Bind a new key once: attestor ledger bind --config FILE.");
    }
    logger.warn({ key: name, ledger: state.id }, "the token does not say which ledger the key belongs to");
  }
}

/**
 * Why a running signer must stop, undefined if it need not: its keeper was rebuilt and has seen that a token gives a key to
 * another ledger now, whose signer took over.
 */
export function takenOver(keys: readonly KeeperKey[], auditKey: string, state: SignerState): string | undefined {
  for (const { name, ledgers } of keys) {
    const other = name === auditKey ? undefined : ledgers.find((id) => id !== state.id);
    if (other !== undefined)
      return `key ${name} belongs to ledger ${other} now, its token says: another signer took over`;
  }
  return undefined;
}

/**
 * While another signer has the keys nothing is signed: what it released, this ledger does not know. The keeper may learn of it
 * with a request on its way, which it makes again of the key that it has found.
 *
 * @param why what {@link takenOver} says.
 */
export function takenOverRule(why: () => string | undefined): StatefulRule {
  return {
    id: "ledger",
    judge() {
      const reason = why();
      return reason === undefined ? pass : fail(reason, {});
    },
  };
}

function mismatch(key: string, state: SignerState, found: string, advice: string): AttestorError {
  return new AttestorError("ledger_mismatch", { key, expected: state.id, found, advice });
}
