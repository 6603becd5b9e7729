import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import type { JsonFragment } from "ethers";

/** What a deployment needs of one compiled contract; `bytecode` is `0x` + hex and needs no linking. */
export interface Artifact {
  readonly abi: readonly JsonFragment[];
  readonly bytecode: string;
}

/** Source text by file name; imports between files read `./Name.sol`. */
export type Sources = Readonly<Record<string, string>>;

interface StandardOutput {
  readonly errors?: readonly { readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

interface CompiledContract {
  readonly abi: readonly JsonFragment[];
  readonly evm: { readonly bytecode: { readonly object: string } };
}

const require = createRequire(import.meta.url);
const settings = {
  optimizer: { enabled: true, runs: 200 },
  // The oldest version that every chain we deploy on runs: nothing here needs a newer opcode.
  evmVersion: "paris",
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

/** Everything that decides the compiler's output, as text: its version and its whole input. */
export function compilerInput(sources: Sources): { version: string; input: string } {
  const { version } = require("solc/package.json") as { version: string };
  const files = Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = Object.fromEntries(files.map(([file, source]) => [file, { content: source }]));
  return { version, input: JSON.stringify({ language: "Solidity", sources: content, settings }) };
}

/**
 * Compiles in a child process, because the compiler takes seconds of CPU and some hundred MB that it never gives back.
 * Returns the contracts by name. Throws an Error that carries the compiler's own messages; a warning counts as one.
 */
export async function compileSources(sources: Sources): Promise<Record<string, Artifact>> {
  const output = JSON.parse(await runCompiler(compilerInput(sources).input)) as StandardOutput;
  const messages = (output.errors ?? []).map((error) => error.formattedMessage.trim());
  if (messages.length > 0) throw new Error(`Solidity does not compile:\n${messages.join("\n")}`);
  const contracts = Object.values(output.contracts ?? {}).flatMap((file) => Object.entries(file));
  return Object.fromEntries(
    contracts.map(([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` }]),
  );
}

async function runCompiler(input: string): Promise<string> {
  const compiler = spawn(process.execPath, [require.resolve("solc/solc.js"), "--standard-json"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    compiler.once("error", reject);
    compiler.once("close", resolve);
  });
  // A compiler that dies early breaks the pipe; its exit code below says more than EPIPE would.
  compiler.stdin.on("error", () => undefined);
  compiler.stdin.end(input);
  const [code, output, complaint] = await Promise.all([exit, text(compiler.stdout), text(compiler.stderr)]);
  if (code !== 0) throw new Error(`The Solidity compiler ended with code ${code}: ${complaint.trim()}`);
  // The compiler's command remarks on missing SMT solvers before it prints its JSON.
  return output.slice(output.indexOf("{"));
}
