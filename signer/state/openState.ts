import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../shared/clock/index.ts";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { openDatabase, type SqliteDatabase } from "../../shared/sqlite/index.ts";
import { appendRecord } from "../audit/chain.ts";
import { recordPolicy } from "../policy/history.ts";
import type { PolicyText } from "../policy/readPolicy.ts";
import { GroupCommit } from "./groupCommit.ts";
import { stateKind } from "./schema.ts";
import type { Binding, SignerState } from "./state.ts";

/**
 * Makes a new, empty ledger: a step of the key ceremony, because an empty ledger forgets what was signed.
 *
 * @param policy the first one in force: the ceremony vouches for it, later ones need their predecessor's operators.
 * @param standbyOf id of the ledger whose keys this one may take over, as two operators will have to sign for.
 * @returns its id.
 * @throws AttestorError `database_exists`, `database_unusable`.
 */
export function createState(
  file: string,
  binding: Binding,
  policy: PolicyText,
  clock: Clock = systemClock,
  standbyOf?: string,
): string {
  const database = openDatabase(file, stateKind, "create");
  try {
    const ledger = randomBytes(16).toString("hex");
    const nowMs = clock.now();
    database.transaction(() => {
      database.prepare("INSERT INTO identity VALUES (1, ?, ?, ?)").run(ledger, binding, nowMs);
      if (standbyOf !== undefined) database.prepare("INSERT INTO standby VALUES (1, ?, NULL)").run(standbyOf);
      recordPolicy(database, policy, [], nowMs);
      const { version } = policy.policy;
      const first = { version: `${version}`, hash: policy.hash };
      appendRecord(
        database,
        { kind: "ledger", body: { ledger, binding, policy: first, ...(standbyOf !== undefined && { standbyOf }) } },
        nowMs,
      );
    })();
    return ledger;
  } finally {
    database.close();
  }
}

/**
 * Opens the state that is there, for this process alone.
 *
 * @param howToCreate told to the reader when it is missing.
 * @throws AttestorError `database_missing`, `database_in_use`, `database_unusable`.
 */
export function openState(file: string, clock: Clock, howToCreate: string): SignerState {
  const database = openDatabase(file, stateKind, "existing", howToCreate);
  try {
    return stateIn(database, file, clock);
  } catch (error) {
    database.close();
    throw error;
  }
}

function stateIn(database: SqliteDatabase, file: string, clock: Clock): SignerState {
  const identity = database.prepare<[], { ledger: string; binding: Binding }>("SELECT * FROM identity").get();
  if (!identity) throw new AttestorError("database_unusable", { file, reason: "its creation was broken off" });
  let inFlight = () => 0;
  const commits = new GroupCommit(database, clock, () => inFlight());
  return {
    id: identity.ledger,
    binding: identity.binding,
    decide: (work) => commits.submit(work),
    rehearse: (work) => commits.submit(work, "undo"),
    read: (work) => work(database),
    gather(count) {
      inFlight = count;
    },
    fault() {
      if (!database.open) return "it is closed";
      try {
        database.prepare("SELECT 1 FROM identity").get();
        return commits.fault();
      } catch (error) {
        return faultName(error);
      }
    },
    close() {
      commits.flush();
      database.close();
    },
  };
}
