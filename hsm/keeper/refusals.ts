import { AttestorError } from "../../shared/errors/index.ts";
import type { CeremonyStatement } from "../ceremony/index.ts";
import { devicePlaceOf, parseAnyKeyUri } from "../keyUri/index.ts";
import type { AnyKeySpec, KeySpec, SealedKeySpec } from "./keySpec.ts";

/**
 * A key signs for one destination only: nothing that Verulink signs names the bridge contract, so what keeps an
 * attestation for one destination from counting on another is that they accept different keys.
 *
 * @throws AttestorError `denied`.
 */
export function refuseOtherDestination(spec: KeySpec | SealedKeySpec, destination: bigint): void {
  if (destination === spec.destination) return;
  throw new AttestorError("denied", {
    rule: "key-destination",
    reason: `key ${spec.name} signs for destination ${spec.destination} only`,
    inputs: { key: spec.name, destination: destination.toString() },
  });
}

/**
 * A key vouches for its own ceremony, for the use that it has been opened for, and for the device in which it was found.
 *
 * @throws AttestorError `invalid_field`.
 */
export function refuseOtherCeremony(spec: AnyKeySpec, { key, device }: CeremonyStatement): void {
  const use = "use" in spec ? spec.use : `${spec.scheme} ${spec.deployment} ${spec.destination}`;
  const stated = key.use === "audit" ? key.use : `${key.use.scheme} ${key.use.deployment} ${key.use.destination}`;
  const differs = [
    ...(key.publicKey === spec.publicKey ? [] : ["publicKey"]),
    ...(key.uri === spec.uri ? [] : ["uri"]),
    ...(stated === use ? [] : ["use"]),
  ];
  const [field] = differs;
  if (field !== undefined) throw invalid(`key.${field}`, "is not that of the open key");
  const { token, serial } = devicePlaceOf(parseAnyKeyUri(spec.uri));
  if (device.token !== token || device.serial !== serial) throw invalid("device", "is not where the open key is");
}

function invalid(field: string, reason: string): AttestorError {
  return new AttestorError("invalid_field", { field: `statement.${field}`, reason });
}
