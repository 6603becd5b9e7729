import { type AleoAccount, type AleoReceipt, bridgeProgram } from "../../../contracts/index.ts";
import { type AleoProgram, verulinkAleoEcdsaDomain } from "../../../shared/aleo/index.ts";
import { aleoChain } from "./packets.ts";

/** Our bridge program on the development node, owned by the account that deployed it. */
export interface Bridge {
  readonly where: AleoProgram;
  readonly text: string;
  /** @returns whether the call's finalize went through. */
  call(functionName: string, ...inputs: readonly string[]): Promise<AleoReceipt>;
  /** A mapping's value as the node writes it, without blanks; undefined if there is none. */
  read(mapping: string, key: string): Promise<string | undefined>;
}

/** Deploys the bridge under that name. @throws Error if the node does not take it. */
export async function deployBridge(
  url: string,
  account: AleoAccount,
  name: string,
  chainId = aleoChain,
): Promise<Bridge> {
  const where: AleoProgram = { network: "testnet", program: `${name}.aleo` };
  const domain = verulinkAleoEcdsaDomain(where);
  const text = bridgeProgram({ program: where.program, chainId, domain });
  const { accepted } = await account.deploy(text);
  if (!accepted) throw new Error("the node did not take the bridge program");
  return {
    where,
    text,
    call: (functionName, ...inputs) => account.call({ program: text, function: functionName, inputs }),
    read: (mapping, key) => readMapping(url, where.program, mapping, key),
  };
}

/** @returns the value as the node writes it, without blanks; undefined if there is none. */
export async function readMapping(
  url: string,
  program: string,
  mapping: string,
  key: string,
): Promise<string | undefined> {
  const response = await fetch(`${url}/testnet/program/${program}/mapping/${mapping}/${key}`);
  const value = (await response.json()) as string | null;
  return value?.replaceAll(/\s/g, "");
}
