import {
  boolean,
  byteList,
  formatPlaintext,
  number,
  type Plaintext,
  parseAddress,
  struct,
  verulinkAleoEcdsa,
} from "../../../shared/aleo/index.ts";
import type { VerdictResult } from "../../../shared/digest/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { evmAddressBytes, type Packet } from "../../../shared/packet/index.ts";
import type { Ledger, MappingWrite, StandInBlock } from "./ledger.ts";
import { bridgeProgram } from "./programText.ts";

/** What a token service on Aleo hands to the bridge for an EVM destination. */
export interface Publication {
  readonly destinationChainId: bigint;
  /** The destination's token service and token, and who gets the amount there: EVM addresses. */
  readonly destinationService: string;
  readonly destinationToken: string;
  readonly receiver: string;
  /** Who sends it: an Aleo address. */
  readonly sender: string;
  readonly amount: bigint;
}

/** Our program's names and what it was set up with. */
export interface StandInBridgeSettings {
  /** Such as `bridge.aleo`. */
  readonly program: string;
  /** The bridge's number for this chain. */
  readonly chainId: bigint;
  /** Address of the token service program. */
  readonly service: string;
  /** EVM addresses of the attestors' keys, and how many of them have to agree. */
  readonly attestors: readonly string[];
  readonly threshold: number;
}

/** Does to a ledger what the bridge program does on Aleo; each transaction is a block. */
export class StandInBridge {
  readonly #ledger: Ledger;
  readonly #settings: StandInBridgeSettings;

  constructor(ledger: Ledger, settings: StandInBridgeSettings) {
    this.#ledger = ledger;
    this.#settings = settings;
    ledger.programs.set(settings.program, bridgeProgram(settings.program));
  }

  /** Writes a packet and counts it. @returns its number and its block. */
  publish(publication: Publication, timestamp: number): { readonly sequence: bigint; readonly block: StandInBlock } {
    const { chainId, service } = this.#settings;
    const { destinationChainId, destinationService, destinationToken, receiver, sender, amount } = publication;
    const counter = this.#read("sequences", `${destinationChainId}u128`);
    const sequence = counter === undefined ? 1n : BigInt(counter.slice(0, -"u64".length));
    const packet = struct(
      ["version", number("u8", 1)],
      ["sequence", number("u64", sequence)],
      ["source", struct(["chain_id", number("u128", chainId)], ["addr", address(service)])],
      ["destination", struct(["chain_id", number("u128", destinationChainId)], ["addr", padded(destinationService)])],
      [
        "message",
        struct(
          ["sender_address", address(sender)],
          ["dest_token_address", padded(destinationToken)],
          ["amount", number("u128", amount)],
          ["receiver_address", padded(receiver)],
        ),
      ],
      ["height", number("u64", this.#ledger.height() + 1)],
    );
    return { sequence, block: this.write(destinationChainId, sequence, packet, timestamp) };
  }

  /** Keeps any value as the next packet: what another version, or a faulty program, would write. */
  write(destinationChainId: bigint, sequence: bigint, value: Plaintext, timestamp: number): StandInBlock {
    return this.#ledger.commit(timestamp, [
      this.#entry("out_packets", packetKey(destinationChainId, sequence), value),
      this.#entry("sequences", `${destinationChainId}u128`, number("u64", sequence + 1n)),
    ]);
  }

  /**
   * Consumes a packet if the quorum signed it with that verdict.
   *
   * @throws AttestorError `conflict` where the program would reject the transaction.
   */
  consume(packet: Packet, verdict: VerdictResult, signatures: readonly string[], timestamp: number): StandInBlock {
    const { program, attestors, threshold, chainId, service } = this.#settings;
    const key = packetKey(packet.source.chainId, packet.sequence);
    if (packet.version !== 1 || packet.destination.chainId !== chainId || packet.destination.address !== service) {
      throw rejected("the packet is not for this program");
    }
    if (this.#read("in_packet_consumed", key) === "true") throw rejected("the packet is consumed already");
    const { digest } = verulinkAleoEcdsa({ network: this.#ledger.network, program })(packet, verdict);
    const signers = new Set(signatures.map((signature) => signerOf(signature, digest)));
    const votes = attestors.filter((attestor) => signers.has(attestor)).length;
    if (votes < threshold) throw rejected(`${votes} registered attestors signed that, ${threshold} are needed`);
    return this.#ledger.commit(timestamp, [this.#entry("in_packet_consumed", key, boolean(true))]);
  }

  #read(mapping: string, key: string): string | undefined {
    return this.#ledger.read(this.#settings.program, mapping, key, this.#ledger.height());
  }

  #entry(mapping: string, key: string, value: Plaintext): MappingWrite {
    return { program: this.#settings.program, mapping, key, value: formatPlaintext(value) };
  }
}

export function packetKey(chainId: bigint, sequence: bigint): string {
  return formatPlaintext(struct(["chain_id", number("u128", chainId)], ["sequence", number("u64", sequence)]));
}

function address(text: string): Plaintext {
  return number("address", parseAddress(text, "address"));
}

/** An EVM address as the program keeps it: 12 zero bytes and the 20 of the address. */
function padded(evmAddress: string): Plaintext {
  const bytes = evmAddressBytes(evmAddress);
  if (!bytes) throw new AttestorError("invalid_field", { field: "address", reason: "must be an EVM address" });
  return byteList(Uint8Array.of(...new Uint8Array(12), ...bytes));
}

function rejected(reason: string): AttestorError {
  return new AttestorError("conflict", { reason });
}
