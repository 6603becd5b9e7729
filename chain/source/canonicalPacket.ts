import {
  type ChainFamily,
  canonicalEvmAddress,
  misspelling,
  type Packet,
  packetSchema,
  tokenMisspelling,
} from "../../shared/packet/index.ts";
import { problemsOf } from "../../shared/schema/index.ts";

/** A packet as a chain dispatched it, in Verulink's keys: integers in decimal of any size, texts byte for byte. */
export interface DispatchedFields {
  readonly version: string;
  readonly sequence: string;
  readonly source: { readonly chain_id: string; readonly address: string };
  readonly destination: { readonly chain_id: string; readonly address: string };
  readonly message: {
    readonly dest_token_address: string;
    readonly sender_address: string;
    readonly amount: string;
    readonly receiver_address: string;
  };
  readonly height: string;
}

/**
 * Makes the packet that we hand on: every integer within the packet's widths and every address in its chain's one
 * spelling. A field that does not fit is named and nothing is cut to size, so that no two dispatched packets become one.
 */
export function canonicalPacket(
  dispatched: DispatchedFields,
  families: { readonly source: ChainFamily; readonly destination: ChainFamily },
): { readonly packet: Packet } | { readonly defect: string } {
  const { source, destination, message } = dispatched;
  const spelled = {
    ...dispatched,
    source: { ...source, address: canonical(families.source, source.address) },
    destination: { ...destination, address: canonical(families.destination, destination.address) },
    message: {
      ...message,
      sender_address: canonical(families.source, message.sender_address),
      dest_token_address: canonical(families.destination, message.dest_token_address),
      receiver_address: canonical(families.destination, message.receiver_address),
    },
  };
  const result = problemsOf(packetSchema, spelled);
  if ("problems" in result) {
    const first = result.problems[0];
    return { defect: first ? `${first.path}: ${first.reason}` : "packet: is not valid" };
  }
  const defect = misspelledField(result.value, families);
  return defect === undefined ? { packet: result.value } : { defect };
}

const tokenField = "message.dest_token_address";

/** The EIP-55 spelling of a 20-byte address; any other text as it is. */
function canonical(family: ChainFamily, text: string): string {
  return (family === "evm" ? canonicalEvmAddress(text) : undefined) ?? text;
}

function misspelledField(
  { source, destination, message }: Packet,
  families: { readonly source: ChainFamily; readonly destination: ChainFamily },
): string | undefined {
  const fields: readonly (readonly [string, ChainFamily, string])[] = [
    ["source.address", families.source, source.address],
    ["destination.address", families.destination, destination.address],
    ["message.sender_address", families.source, message.senderAddress],
    [tokenField, families.destination, message.destTokenAddress],
    ["message.receiver_address", families.destination, message.receiverAddress],
  ];
  for (const [field, family, text] of fields) {
    const why = field === tokenField ? tokenMisspelling(family, text) : misspelling(family, text);
    if (why !== undefined) return `${field}: ${why}`;
  }
  return undefined;
}
