import { formatAddress } from "../../shared/aleo/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import type { RegisteredRoute } from "../config.ts";
import type { Statement } from "../store/index.ts";
import { array, byteArray, bytesOfAddress, consumedVersion, signatureSlots, slotsOf } from "./aleoValues.ts";

/** What carries a packet out through Verulink's programs on Aleo. Anyone may send it. */
export interface TokenReceiveCall {
  /** The bridge's id of the destination chain. */
  readonly chainId: bigint;
  /** The bridge's program, whose `consume` the token service calls. */
  readonly program: string;
  /** Address of the token service's program. */
  readonly to: string;
  readonly function: "token_receive";
  /** The function's inputs in order, as Aleo writes values. */
  readonly inputs: readonly string[];
}

/** The address of no account, which Verulink's bridge registers as an attestor so that slots may stay unused. */
const nobody = formatAddress(0n);

/**
 * The call of `token_receive` in Verulink's token service, whose inputs stand in the order of its published source
 * (`vlink_token_service_v1`). The program counts the slots whose signer is not the zero address: those must differ, and
 * each signature must be by its signer over one of the two attested hashes, or the whole transaction fails. The
 * signature of an unused slot is read and not verified, so it is a copy of the first, which is well formed. The verdict is
 * no input: the program finds it from the signatures.
 *
 * @param signed at least one statement for one verdict, by different signers, each with a signature that has just been
 * verified.
 * @returns null for a packet that the program can never consume.
 */
export function tokenReceiveCall(
  route: RegisteredRoute,
  packet: Packet,
  signed: readonly Pick<Statement, "signature" | "signer">[],
): TokenReceiveCall | null {
  if (packet.version !== consumedVersion) return null;
  const [first] = signed;
  if (!first) throw new AttestorError("internal", { reason: "a call without signatures was asked for" });
  const { source, sequence, message, height } = packet;
  const used = signed.slice(0, signatureSlots);
  const inputs = [
    byteArray(bytesOfAddress(message.senderAddress)),
    message.destTokenAddress,
    message.receiverAddress,
    `${message.amount}u128`,
    `${sequence}u64`,
    `${height}u64`,
    array(slotsOf(used, { signer: nobody }).map(({ signer }) => signer)),
    array(slotsOf(used, first).map(({ signature }) => signature)),
    `${source.chainId}u128`,
    byteArray(bytesOfAddress(source.address)),
  ];
  const { chainId, tokenService: to, bridge: program } = route.destination;
  return { chainId, program, to, function: "token_receive", inputs };
}
