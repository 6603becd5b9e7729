import { AttestorError } from "../../shared/errors/index.ts";
import type { RateRule } from "../gate/index.ts";
import type { Caller } from "./caller.ts";

/** @throws AttestorError `rate_limited` for a client that has used up its budget. */
export function chargeOne(rate: RateRule, caller: Caller): void {
  if (caller.kind !== "client") return;
  const retryAfterSeconds = rate.take(caller.client);
  if (retryAfterSeconds === undefined) return;
  throw new AttestorError("rate_limited", { client: caller.client.name, retryAfterSeconds });
}
