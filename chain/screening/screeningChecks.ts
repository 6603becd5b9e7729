import { type ChainFamily, misspelling } from "../../shared/packet/index.ts";
import type { ScreeningSettings } from "./screeningConfig.ts";

/** Longest text that a verdict's source may be (`printableAscii`). */
const longestSource = 128;

/** What is wrong between screening sources, and between them and the chains, by path below `screening`. */
export function screeningProblems(
  sources: ScreeningSettings,
  chains: readonly { readonly name: string; readonly family: ChainFamily }[],
): { path: (string | number)[]; reason: string }[] {
  const names = sources.map(({ name }) => name);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index ? [{ path: [index, "name"], reason: "is the name of another source" }] : [],
  );
  const tooLong =
    names.join("+").length > longestSource
      ? [{ path: [], reason: `the names joined by + must not be longer than ${longestSource} characters` }]
      : [];
  const oracles = sources.flatMap((source, index) => {
    if (source.kind !== "oracle") return [];
    const wrong = misspelling("evm", source.contract);
    const chain = chains.find(({ name }) => name === source.chain);
    const evmChains = chains.filter(({ family }) => family === "evm").map(({ name }) => name);
    const why = chain ? "is no EVM chain, where such a contract is" : "there is no such chain";
    return [
      ...(chain?.family === "evm"
        ? []
        : [{ path: [index, "chain"], reason: `${why}; known are ${evmChains.join(", ")}` }]),
      ...(wrong === undefined ? [] : [{ path: [index, "contract"], reason: wrong }]),
    ];
  });
  return [...twice, ...tooLong, ...oracles];
}
