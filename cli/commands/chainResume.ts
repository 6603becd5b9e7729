import { AttestorError } from "../../shared/errors/index.ts";
import type { Command } from "../command.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";

export const chainResume: Command = {
  name: "chain resume",
  summary: "let a stopped chain or route go on, once you have looked",
  options: {
    ...chainServiceOptions,
    chain: { type: "string", value: "NAME", help: "a chain that changed below finality" },
    route: { type: "string", value: "NAME", help: "a stopped route" },
    "accept-change": { type: "boolean", help: "take the changed chain for true from now on" },
  },
  notes: [
    "What stopped it stops it again if it still holds. --accept-change forgets the blocks that were kept of",
    "the chain: use it only if you know from elsewhere that the chain really changed.",
  ].join("\n"),
  async run(args) {
    const chain = args.text("chain");
    const route = args.text("route");
    if ((chain === undefined) === (route === undefined)) {
      throw new AttestorError("usage", { reason: "name one chain (--chain NAME) or one route (--route NAME)" });
    }
    const accepts = args.flag("accept-change");
    if (accepts && chain === undefined) {
      throw new AttestorError("usage", { reason: "--accept-change is about a chain (--chain NAME)" });
    }
    const url =
      chain === undefined
        ? `/v1/routes/${encodeURIComponent(route ?? "")}/resume`
        : `/v1/chains/${encodeURIComponent(chain)}/resume?accept=${accepts ? "change" : "nothing"}`;
    for (const { name, ask } of chainServices(args)) {
      await ask("POST", url);
      process.stdout.write(`${name}: resumed ${chain ?? route}\n`);
    }
    return 0;
  },
};
