import { Interface } from "ethers";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { createOutages } from "./outages.ts";
import type { CannotTell, Finding, ScreenedAddress, ScreeningSource } from "./screening.ts";

/** The one function of the on-chain sanctions oracle that is asked. */
const oracle = new Interface(["function isSanctioned(address) view returns (bool)"]);

/** Calls a contract's view function at one final block. Throws AttestorError where there is no usable answer. */
export type CallContract = (call: {
  readonly to: string;
  readonly data: string;
}) => Promise<{ readonly answer: string; readonly height: number }>;

/**
 * Screens by a contract on an EVM chain, as of that chain's newest final block. It knows 20-byte addresses only; about
 * an address of another family it says nothing, and a packet without any 20-byte address is white by this source.
 */
export function createOracleScreening(
  { name, contract, call }: { readonly name: string; readonly contract: string; readonly call: CallContract },
  clock: Clock,
): ScreeningSource {
  const outages = createOutages(clock);
  let version: string | undefined;

  async function screen(addresses: readonly ScreenedAddress[]): Promise<Finding | CannotTell> {
    const known = addresses.filter(({ family }) => family === "evm");
    if (known.length === 0) return { source: name, version: "no-evm-address", result: "white" };
    try {
      const answers = await Promise.all(known.map(({ text }) => isSanctioned(text)));
      outages.answered();
      // Each question is put at a block of its own; the oldest is the state that all answers know.
      version = `block-${Math.min(...answers.map(({ height }) => height))}`;
      return { source: name, version, result: answers.some(({ listed }) => listed) ? "flagged" : "white" };
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      const cannotTell = `the screening oracle ${name} can't be used: ${error.message}`;
      outages.failed(cannotTell);
      return { cannotTell };
    }
  }

  async function isSanctioned(address: string): Promise<{ listed: boolean; height: number }> {
    const data = oracle.encodeFunctionData("isSanctioned", [address.toLowerCase()]);
    const { answer, height } = await call({ to: contract, data });
    return { listed: decode(answer), height };
  }

  /** Exactly one ABI bool: an empty answer is that of an address without code. */
  function decode(answer: string): boolean {
    if (/^0x0{63}[01]$/.test(answer)) return answer.endsWith("1");
    throw new AttestorError("peer_answer_unusable", {
      peer: `contract of ${name}`,
      reason: "it does not answer isSanctioned() with a bool: correct its address",
    });
  }
  return { name, screen, state: () => ({ name, version, ...outages.state() }) };
}
