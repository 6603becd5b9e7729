import { text as readStream } from "node:stream/consumers";
import { digestScheme, schemeNames, verdictResults } from "../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { parsePacket } from "../../shared/packet/index.ts";
import type { Command } from "../command.ts";
import { choiceOption, readFileOption } from "../input.ts";

/** Lets anyone recompute what an attestor signs. */
export const digest: Command = {
  name: "digest",
  summary: "print the digest that is signed for a packet and a verdict",
  options: {
    scheme: { type: "string", value: "NAME", required: true, help: `digest scheme: ${schemeNames.join(", ")}` },
    verdict: { type: "string", value: "VERDICT", required: true, help: verdictResults.join(" or ") },
    packet: { type: "string", value: "FILE", help: "packet in Verulink's JSON keys; - (default) reads standard input" },
  },
  notes: 'Prints {"scheme","packetHash","digest"}. Integers may be JSON numbers or decimal strings.',
  async run(args) {
    const scheme = choiceOption(args, "scheme", schemeNames);
    const verdict = choiceOption(args, "verdict", verdictResults);
    const file = args.text("packet") ?? "-";
    const packet = parsePacket(
      parseJson(file === "-" ? await readStream(process.stdin) : readFileOption("--packet", file)),
    );
    const { packetHash, digest: signed } = digestScheme(scheme).digestOf(packet, verdict);
    process.stdout.write(`${stringifyJson({ scheme, packetHash, digest: signed })}\n`);
    return 0;
  },
};
