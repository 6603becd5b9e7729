import { digestScheme, type SchemeName, type VerdictResult } from "../../shared/digest/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { AttestationRequest } from "../../shared/wire/index.ts";
import type { Reservation } from "../../signer/ledger/index.ts";
import type { Route } from "../../signer/policy/index.ts";
import { type PacketChanges, samplePacket, sampleRequest, sampleRoute } from "./samples.ts";

export const aleoScheme: SchemeName = "verulink-aleo-ecdsa:testnet:bridge.aleo";

export const aleoAddresses = {
  service: "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px",
  receiver: "aleo18z337vpafgfgmpvd4dgevel6la75r8eumcmuyafp6aa4nnkqmvrsht2skn",
  /** Spelled like an address, and the x of no point: nobody can have it. */
  nobody: "aleo1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqhezjc8",
  token: "5595373416687012447808431171621112175713243308139308694591328825799485714900field",
} as const;

/** The route of {@link sampleRoute}, with a program on Aleo at its end. */
export function aleoRoute(changes: Partial<Route> = {}): Route {
  const destination = { chainId: 2n, family: "aleo", tokenService: aleoAddresses.service } as const;
  return sampleRoute({ destination, scheme: aleoScheme, ...changes });
}

/** A packet that {@link aleoRoute} lets through. */
export function aleoPacket({ message, ...changes }: PacketChanges = {}): Packet {
  return samplePacket({
    destination: { chainId: 2n, address: aleoAddresses.service },
    ...changes,
    message: { destTokenAddress: aleoAddresses.token, receiverAddress: aleoAddresses.receiver, ...message },
  });
}

export function aleoRequest(packet: PacketChanges = {}, result: VerdictResult = "white"): AttestationRequest {
  return sampleRequest(aleoPacket(packet), result);
}

export function aleoReservation(packet: PacketChanges = {}, result: VerdictResult = "white"): Reservation {
  const request = aleoRequest(packet, result);
  const digest = digestScheme(aleoScheme).digestOf(request.packet, result);
  return { ...request, ...digest, scheme: aleoScheme, assurance: "claimed", client: "chain-a" };
}
