import { digestScheme, type VerdictResult } from "../../shared/digest/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { AttestationRequest } from "../../shared/wire/index.ts";
import type { Reservation } from "../../signer/ledger/index.ts";
import {
  type ActivePolicy,
  type Client,
  type Policy,
  type PolicyInForce,
  type PolicyText,
  type Route,
  readPolicy,
} from "../../signer/policy/index.ts";

export const addresses = {
  sourceService: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  destinationService: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff",
  token: "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4",
  sender: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
  receiver: "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d",
  aleo: "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27",
} as const;

/** Changes to a packet's message need not name all of it. */
export type PacketChanges = Partial<Omit<Packet, "message">> & { readonly message?: Partial<Packet["message"]> };

/** A packet from chain 1 to chain 2, as the route of {@link sampleRoute} lets through. */
export function samplePacket({ message, ...changes }: PacketChanges = {}): Packet {
  return {
    version: 1,
    sequence: 7n,
    source: { chainId: 1n, address: addresses.sourceService },
    destination: { chainId: 2n, address: addresses.destinationService },
    height: 100n,
    ...changes,
    message: {
      destTokenAddress: addresses.token,
      senderAddress: addresses.sender,
      amount: 10n,
      receiverAddress: addresses.receiver,
      ...message,
    },
  };
}

export function sampleRequest(
  packet: PacketChanges = {},
  result: VerdictResult = "white",
  changes: Partial<AttestationRequest> = {},
): AttestationRequest {
  return {
    deployment: "local",
    packet: samplePacket(packet),
    verdict: { result, source: "list", version: "1", screenedAt: "2026-01-31T12:00:00Z" },
    sources: "single",
    ...changes,
  };
}

/** What the ledger is asked to reserve for {@link sampleRequest}. */
export function sampleReservation(
  packet: PacketChanges = {},
  result: VerdictResult = "white",
  changes: Partial<AttestationRequest> = {},
): Reservation {
  const request = sampleRequest(packet, result, changes);
  const digest = digestScheme("verulink-evm").digestOf(request.packet, result);
  return { ...request, ...digest, scheme: "verulink-evm", assurance: "claimed", client: "chain-a" };
}

export function sampleRoute(changes: Partial<Route> = {}): Route {
  return {
    name: "one-to-two",
    deployment: "local",
    source: { chainId: 1n, family: "evm", tokenService: addresses.sourceService },
    destination: { chainId: 2n, family: "evm", tokenService: addresses.destinationService },
    scheme: "verulink-evm",
    key: "to-two",
    versions: [1],
    startSequence: 1n,
    ...changes,
  };
}

export function sampleClient(changes: Partial<Client> = {}): Client {
  return {
    name: "chain-a",
    pins: [`sha256/${"A".repeat(43)}=`],
    routes: ["one-to-two"],
    schemes: ["verulink-evm"],
    operations: ["attest", "read"],
    rate: { perSecond: 100, burst: 400 },
    ...changes,
  };
}

/** A policy with a route for the sample packet, for parts that want any. */
export function samplePolicy(version = 1): PolicyText {
  const operator = (name: string, index: number) => ({
    name,
    certificatePins: [`sha256/${`${index}`.repeat(43)}=`],
    signingKeys: [sshKeys[index]],
  });
  const { rate: _default, ...client } = sampleClient();
  const operators = ["olga", "otto"].map(operator);
  return readPolicy(
    stringifyJson({ service: "policy", version, operators, clients: [client], routes: [sampleRoute()] }),
    "policy.yaml",
  );
}

const sshKeys = [
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJeTw821KjbTKT7q+4qZvFcq/zMQcQumzt/Qo++SpATB",
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA0GgiNLn+pU+G7GDVgUezdqN3IseDbdU+sGnZmleDydzKnACKlYUP5A/7FSmwmfDjEPDoRV7IeFNeU79rnqQEk=",
];

/** A policy as decisions see it. */
export function activePolicy(changes: Partial<Policy> = {}): ActivePolicy {
  const sample = samplePolicy();
  return { ...sample, policy: { ...sample.policy, ...changes }, denyList: undefined };
}

/** A policy that stays in force. */
export function policiesOf(changes: Partial<Policy> = {}): Pick<PolicyInForce, "current" | "isCurrent"> {
  const active = activePolicy(changes);
  return { current: () => active, isCurrent: () => true };
}
