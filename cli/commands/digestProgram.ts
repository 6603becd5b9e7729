import { bridgeProgram } from "../../contracts/index.ts";
import { aleoNetworks, verulinkAleoEcdsaDomain } from "../../shared/aleo/index.ts";
import { check, unsigned } from "../../shared/schema/index.ts";
import type { Command } from "../command.ts";
import { choiceOption } from "../input.ts";

export const digestProgram: Command = {
  name: "digest program",
  summary: "print the Aleo program that verifies what attestors sign for it",
  options: {
    network: { type: "string", value: "NAME", required: true, help: aleoNetworks.join(", ") },
    program: { type: "string", value: "ID", required: true, help: "id to deploy it under, such as bridge.aleo" },
    "chain-id": { type: "string", value: "N", required: true, help: "the bridge's number for this Aleo chain" },
  },
  notes: [
    "Network and id become a constant that every attestation covers: deploy it under another id, or on",
    "another network, and it accepts none. Attestors need the scheme verulink-aleo-ecdsa:NETWORK:ID.",
  ].join("\n"),
  async run(args) {
    const network = choiceOption(args, "network", aleoNetworks);
    const program = args.required("program");
    const domain = verulinkAleoEcdsaDomain({ network, program });
    const chainId = check(unsigned(128), args.required("chain-id"), "--chain-id");
    process.stdout.write(bridgeProgram({ program, chainId, domain }));
    return 0;
  },
};
