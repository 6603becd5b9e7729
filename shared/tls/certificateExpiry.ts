import { X509Certificate } from "node:crypto";
import { Gauge, type Registry } from "../metrics/index.ts";
import type { LiveIdentity } from "./followIdentity.ts";

/**
 * Why a certificate is refused by its dates alone.
 *
 * @param certificate PEM.
 * @param now in milliseconds since 1970: the system's time, because that is what the handshakes go by.
 * @returns undefined for one that is valid now.
 */
export function datesProblem(certificate: string, now: number): string | undefined {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  if (now < validFromDate.getTime()) return `is not valid before ${validFromDate.toISOString()}`;
  if (now > validToDate.getTime()) return `expired at ${validToDate.toISOString()}`;
  return undefined;
}

/**
 * Exports when a service's own certificate expires. An expired one takes a service off the network at once, and nothing
 * before that moment shows it.
 *
 * @param name of the metric.
 */
export function exportCertificateExpiry(
  registry: Registry,
  name: `${string}_certificate_expiry_timestamp_seconds`,
  identity: Pick<LiveIdentity, "current">,
): void {
  new Gauge({
    name,
    help: "When the service's own certificate expires, in seconds since 1970. Expected: weeks ahead.",
    registers: [registry],
    collect() {
      this.set(new X509Certificate(identity.current().certificate).validToDate.getTime() / 1_000);
    },
  });
}
