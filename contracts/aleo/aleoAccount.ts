import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where set-up installs snarkVM, for the tests and the local network. */
const snarkVmHome = join(import.meta.dirname, "..", "..", "test", "snarkvm", "package.json");

/** Longest time until a broadcast transaction is in a block, in milliseconds. */
const confirmationDeadline = 20_000;

interface Freeable {
  free(): void;
}
interface WasmTransaction extends Freeable {
  toString(): string;
  baseFeeAmount(): bigint;
}
interface WasmKey {
  to_address(): { to_string(): string };
}
/** The part of snarkVM's WebAssembly build for testnet that we use. Its arguments are by position. */
interface Wasm {
  readonly Address: { fromProgramId(id: string): { to_string(): string } };
  readonly PrivateKey: { from_string(text: string): WasmKey };
  readonly ProgramManager: {
    buildDevnodeDeploymentTransaction(
      key: WasmKey,
      program: string,
      priorityFee: number,
      feeRecord: undefined,
      url: string,
      imports: Readonly<Record<string, string>>,
    ): Promise<WasmTransaction>;
    buildDevnodeExecutionTransaction(
      key: WasmKey,
      program: string,
      functionName: string,
      inputs: readonly string[],
      priorityFee: number,
      feeRecord: undefined,
      url: string,
      imports: Readonly<Record<string, string>>,
    ): Promise<WasmTransaction>;
  };
  getOrInitConsensusVersionTestHeights(): void;
  setWasmLogLevel(level: number): void;
}

/** What became of a transaction. */
export interface AleoReceipt {
  readonly id: string;
  /** Whether its finalize went through; if not, nothing of it happened but the fee. */
  readonly accepted: boolean;
  /** Its base fee, in microcredits (a millionth of an Aleo credit). */
  readonly fee: bigint;
}

export interface AleoCall {
  /** The text of the program whose function is called. */
  readonly program: string;
  readonly function: string;
  /** Each as Aleo writes values. */
  readonly inputs: readonly string[];
  /** The texts of the programs that it imports, by id. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** An account on a development node. Its transactions carry no proofs: no other node accepts them. */
export interface AleoAccount {
  readonly address: string;
  /** @throws Error if the transaction cannot be made, or the node refuses it at once. */
  deploy(program: string, imports?: Readonly<Record<string, string>>): Promise<AleoReceipt>;
  /** @throws Error if the transaction cannot be made (a value of the wrong type, for one), or the node refuses it at once. */
  call(call: AleoCall): Promise<AleoReceipt>;
}

/**
 * Opens an account on the node at that URL. Making a transaction keeps this process busy for a second or two.
 *
 * @param privateKey as Aleo writes it.
 * @throws Error if snarkVM is not installed.
 */
export function openAleoAccount(url: string, privateKey: string): AleoAccount {
  const wasm = loadSnarkVm();
  const key = wasm.PrivateKey.from_string(privateKey);
  const manager = wasm.ProgramManager;
  return {
    address: key.to_address().to_string(),
    deploy: async (program, imports = {}) =>
      send(url, await manager.buildDevnodeDeploymentTransaction(key, program, 0, undefined, url, imports)),
    call: async ({ program, function: name, inputs, imports = {} }) =>
      send(url, await manager.buildDevnodeExecutionTransaction(key, program, name, inputs, 0, undefined, url, imports)),
  };
}

/** The address of a program, under which it holds and calls: packets name a token service by it. */
export function programAddress(id: string): string {
  return loadSnarkVm().Address.fromProgramId(id).to_string();
}

let loaded: Wasm | undefined;

function loadSnarkVm(): Wasm {
  if (loaded !== undefined) return loaded;
  try {
    // Its module for Node's `import` fetches a file: URL, which Node does not.
    loaded = createRequire(snarkVmHome)("@provablehq/wasm/testnet.js") as Wasm;
  } catch (error) {
    throw new Error("snarkVM is not installed: run npm run test:aleo-vm where npm can install it", { cause: error });
  }
  loaded.setWasmLogLevel(0);
  // A development node changes its consensus rules at the heights of snarkVM's own tests; transactions are made for them.
  loaded.getOrInitConsensusVersionTestHeights();
  return loaded;
}

async function send(url: string, transaction: WasmTransaction): Promise<AleoReceipt> {
  const [body, fee] = [transaction.toString(), transaction.baseFeeAmount()];
  transaction.free();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/testnet/transaction/broadcast`, { method: "POST", headers, body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`the Aleo node refused the transaction: ${answer.slice(0, 300)}`);
  const id = JSON.parse(answer) as string;
  return { id, fee, accepted: await isAccepted(url, id) };
}

async function isAccepted(url: string, id: string): Promise<boolean> {
  const deadline = performance.now() + confirmationDeadline;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/testnet/transaction/confirmed/${id}`);
    const text = await response.text();
    if (response.ok) return (JSON.parse(text) as { status: string }).status === "accepted";
    await pause(50);
  }
  throw new Error(`the Aleo node has put transaction ${id} into no block within ${confirmationDeadline / 1000} s`);
}
