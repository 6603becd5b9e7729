import type { Keeper } from "../hsm/index.ts";
import { type AttestorError, isAttestorError } from "../shared/errors/index.ts";
import type { Logger } from "../shared/log/index.ts";
import { formatPacketId, packetIdOf } from "../shared/packet/index.ts";
import type { PinnedPeer } from "../shared/tls/index.ts";
import type { AttestationRequest } from "../shared/wire/index.ts";
import type { Attestor } from "./attest.ts";
import type { Alarms, Outcome, RateRule } from "./gate/index.ts";
import type { SignerMetrics } from "./metrics.ts";

/**
 * The attestor, with one log line and one count per decision; of requests that it is too busy for, the first in a row has a
 * line. Lines and counts are written in the same turn of the event loop, behind the answer, which need not wait for them: what
 * must outlive a crash is in the ledger and the audit chain by then, not in the log.
 */
export function observedAttestor(attestor: Attestor, metrics: SignerMetrics, logger: Logger): Attestor {
  const busy = new Set<string>();
  const noteOverload = (client: string, err: AttestorError) => {
    metrics.refusedEarly.inc({ client, code: "overloaded" });
    if (!busy.has(client)) logger.warn({ client, err }, "too busy for a client's requests");
    busy.add(client);
  };
  return {
    async attest(peer, request) {
      const beganMs = performance.now();
      const outcome = await attestor.attest(peer, request).catch((error: unknown) => {
        if (isAttestorError(error, "overloaded")) noteOverload(peer.name, error);
        throw error;
      });
      busy.delete(peer.name);
      const seconds = (performance.now() - beganMs) / 1_000;
      process.nextTick(() => {
        try {
          metrics.requestSeconds.observe({ outcome: outcome.outcome }, seconds);
          metrics.attestations.inc({ outcome: outcome.outcome, rule: outcome.rule });
          log(logger, metrics, { ...about(peer, request), seconds }, outcome);
        } catch (err) {
          logger.error({ err }, "a decision could not be counted or logged"); // the answer is gone; nobody else would hear of it
        }
      });
      return outcome;
    },
    async rehearse(peer, request) {
      const rehearsal = await attestor.rehearse(peer, request);
      const { outcome, rule, inputs } = rehearsal.outcome;
      metrics.rehearsals.inc({ outcome, rule });
      logger.info({ ...about(peer, request), rule, inputs, dryRun: true }, `would be ${outcome}`);
      return rehearsal;
    },
    idle: () => attestor.idle(),
  };
}

function about(peer: PinnedPeer, { deployment, packet, verdict }: AttestationRequest): Record<string, string> {
  const id = formatPacketId(packetIdOf(packet));
  return { client: peer.name, deployment, packet: id, verdict: verdict.result };
}

function log(logger: Logger, metrics: SignerMetrics, request: object, outcome: Outcome): void {
  const { rule, inputs } = outcome;
  switch (outcome.outcome) {
    case "approved":
      logger.info({ ...request, rule, inputs }, "approved");
      break;
    case "held":
      logger.info({ ...request, rule, inputs, reason: outcome.reason }, "held");
      break;
    default: {
      const alarm = isAlarm(outcome.error);
      if (alarm) metrics.alarms.inc({ code: outcome.error.code });
      const fields = { ...request, rule, inputs, err: outcome.error, alarm };
      if (alarm) logger.error(fields, outcome.outcome);
      else logger.warn(fields, outcome.outcome);
    }
  }
}

function isAlarm(error: unknown): boolean {
  return isAttestorError(error, "equivocation") || isAttestorError(error, "wrong_signature");
}

/** Alarms of the gate that refuse no request: a count and a log line each. */
export function alarmsInto(metrics: SignerMetrics, logger: Logger): Alarms {
  return {
    raise(code, fields) {
      metrics.alarms.inc({ code });
      logger.error({ alarm: true, code, ...fields }, "alarm");
    },
  };
}

/** The rate rule, with a count of what it refuses, and one log line for each time that a client begins to be too fast. */
export function observedRate(rule: RateRule, metrics: SignerMetrics, logger: Logger): RateRule {
  const limited = new Set<string>();
  return {
    take(client) {
      const retryAfterSeconds = rule.take(client);
      const { name } = client;
      if (retryAfterSeconds === undefined) limited.delete(name);
      else {
        metrics.refusedEarly.inc({ client: name, code: "rate_limited" });
        if (!limited.has(name)) logger.warn({ client: name, ...client.rate }, "a client asks too often");
        limited.add(name);
      }
      return retryAfterSeconds;
    },
  };
}

/** The keeper's signing call, measured. */
export function measuredKeeper(keeper: Pick<Keeper, "attest">, metrics: SignerMetrics): Pick<Keeper, "attest"> {
  return {
    async attest(request) {
      const stop = metrics.keeperSeconds.startTimer();
      try {
        const signed = await keeper.attest(request);
        stop({ result: "signed" });
        return signed;
      } catch (error) {
        stop({ result: "failed" });
        throw error;
      }
    },
  };
}
