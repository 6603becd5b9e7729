import type { Keeper } from "../hsm/index.ts";
import { isAttestorError } from "../shared/errors/index.ts";
import type { Logger } from "../shared/log/index.ts";
import { formatPacketId, packetIdOf } from "../shared/packet/index.ts";
import type { PinnedPeer } from "../shared/tls/index.ts";
import type { AttestationRequest } from "../shared/wire/index.ts";
import type { Attestor } from "./attest.ts";
import type { Alarms, Outcome } from "./gate/index.ts";
import type { SignerMetrics } from "./metrics.ts";

/** The attestor, with one log line and one count per decision. */
export function observedAttestor(attestor: Attestor, metrics: SignerMetrics, logger: Logger): Attestor {
  return {
    async attest(peer, request) {
      const stop = metrics.requestSeconds.startTimer();
      const outcome = await attestor.attest(peer, request);
      const seconds = stop({ outcome: outcome.outcome });
      metrics.attestations.inc({ outcome: outcome.outcome, rule: outcome.rule });
      log(logger.child({ ...about(peer, request), seconds }), metrics, outcome);
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

function log(logger: Logger, metrics: SignerMetrics, outcome: Outcome): void {
  const { rule, inputs } = outcome;
  switch (outcome.outcome) {
    case "approved":
      logger.info({ rule, inputs }, "approved");
      break;
    case "held":
      logger.info({ rule, inputs, reason: outcome.reason }, "held");
      break;
    default: {
      const alarm = isAlarm(outcome.error);
      if (alarm) metrics.alarms.inc({ code: outcome.error.code });
      const fields = { rule, inputs, err: outcome.error, alarm };
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
