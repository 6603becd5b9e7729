import type { PinState, TokenReport } from "../../hsm/provisioning/index.ts";
import { driftFinding } from "./driftFinding.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What a token's report means. */
export function tokenFindings(report: TokenReport, nowMs: number): Finding[] {
  const { module, token, missingMechanisms, known, vendor } = report;
  const name = `${token.label} (serial ${token.serial}, ${token.manufacturer} ${token.model} ${token.firmware})`;
  return [
    ok("module", `${module.file} (${module.library}, PKCS#11 ${module.cryptoki})`),
    known
      ? ok("token", vendor === undefined ? name : `${name}, as ${vendor}`)
      : fail("token", `${name}: no profile recognises it; name one (--vendor, x-vendor in the key's URI)`),
    missingMechanisms.length === 0
      ? ok("mechanisms", "it generates and signs with keys of elliptic curves")
      : fail("mechanisms", `it lacks ${missingMechanisms.join(" and ")}: use another token`),
    pinFinding(report.pin),
    driftFinding("token clock", report.clockMs, nowMs),
  ];
}

/** Whether a login may be tried: one that fails in any other state would cost the token. */
export function mayLogIn({ pin }: TokenReport): boolean {
  return pin === "fine" || pin === "failed before";
}

function pinFinding(state: PinState): Finding {
  switch (state) {
    case "fine":
      return ok("pin tries", "no failed login since the last good one, or the token does not tell");
    case "failed before":
      return warn("pin tries", "a login failed since the last good one: find out whose before more follow");
    case "last try":
      return fail("pin tries", "one more wrong PIN locks it: have the security officer reset the PIN first");
    case "locked":
      return fail("pin tries", "it is locked: the security officer must set a new PIN");
    case "must be changed":
      return fail("pin tries", "the token wants the PIN changed before it signs");
    case "not set":
      return fail(
        "pin tries",
        "no user PIN is set: have the security officer set one; `hsm init` leaves a token that is there as it is",
      );
  }
}
