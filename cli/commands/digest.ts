import { text as readStream } from "node:stream/consumers";
import {
  digestScheme,
  parseSchemeName,
  type SchemeName,
  type VerdictResult,
  verdictResults,
} from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { type Packet, parsePacket } from "../../shared/packet/index.ts";
import type { Arguments, Command } from "../command.ts";
import { choiceOption, readFileOption } from "../input.ts";

const knownSchemes = ["verulink-evm", "verulink-aleo-ecdsa", "verulink-aleo-schnorr"] as const;
type KnownScheme = (typeof knownSchemes)[number];

/** Lets anyone recompute what an attestor signs. */
export const digest: Command = {
  name: "digest",
  summary: "print what is signed for a packet and a verdict",
  options: {
    scheme: {
      type: "string",
      value: "NAME",
      required: true,
      help: `as routes name it, or ${knownSchemes.join(", ")}`,
    },
    verdict: { type: "string", value: "VERDICT", required: true, help: verdictResults.join(" or ") },
    packet: { type: "string", value: "FILE", help: "packet in Verulink's JSON keys; - (default) reads standard input" },
    network: { type: "string", value: "NAME", help: "verulink-aleo-ecdsa: mainnet, testnet or canary" },
    program: { type: "string", value: "ID", help: "verulink-aleo-ecdsa: the bridge program, such as bridge.aleo" },
  },
  notes: 'Prints {"scheme","packetHash","digest"}. Integers may be JSON numbers or decimal strings.',
  async run(args) {
    const scheme = schemeOption(args);
    const verdict = choiceOption(args, "verdict", verdictResults);
    const digestOf = await digestFunction(args, scheme);
    const file = args.text("packet") ?? "-";
    const packet = parsePacket(
      parseJson(file === "-" ? await readStream(process.stdin) : readFileOption("--packet", file)),
    );
    const { packetHash, digest: signed } = digestOf(packet, verdict);
    process.stdout.write(`${stringifyJson({ scheme, packetHash, digest: signed })}\n`);
    return 0;
  },
};

/** A scheme as routes name it, or without what {@link ecdsaFor} takes from options. */
function schemeOption(args: Arguments): KnownScheme | SchemeName {
  const text = args.text("scheme") ?? "";
  return parseSchemeName(text) === undefined ? choiceOption(args, "scheme", knownSchemes) : (text as SchemeName);
}

type DigestOf = (packet: Packet, verdict: VerdictResult) => { readonly packetHash: string; readonly digest: string };

/** What hashes for Aleo is large and takes time to load, so nobody else pays for it. */
async function digestFunction(args: Arguments, scheme: KnownScheme | SchemeName): Promise<DigestOf> {
  if (scheme === "verulink-aleo-ecdsa") return ecdsaFor(args);
  const stray = ["network", "program"].find((option) => args.text(option) !== undefined);
  if (stray !== undefined) throw usage(`${scheme} signs no ${stray}: leave --${stray} out`);
  if (scheme === "verulink-aleo-schnorr") return (await import("../../shared/aleo/index.ts")).verulinkAleoSchnorr;
  return digestScheme(scheme).digestOf;
}

async function ecdsaFor(args: Arguments): Promise<DigestOf> {
  const program = args.text("program");
  if (args.text("network") === undefined || program === undefined) {
    throw usage("verulink-aleo-ecdsa signs network and program too: give --network and --program");
  }
  const { aleoNetworks, verulinkAleoEcdsa } = await import("../../shared/aleo/index.ts");
  return verulinkAleoEcdsa({ network: choiceOption(args, "network", aleoNetworks), program });
}

function usage(reason: string): AttestorError {
  return new AttestorError("usage", { reason });
}
