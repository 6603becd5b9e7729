import { rmSync } from "node:fs";
import path from "node:path";
import { findDevnode } from "../../contracts/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { Command } from "../command.ts";
import { numberOption } from "../input.ts";
import { claimFolder } from "../up/claim.ts";
import { defaultPackets, defaultPortBase, defaultRoot } from "../up/defaults.ts";
import { planNetwork, portCount } from "../up/plan.ts";
import { checkPorts } from "../up/ports.ts";
import { interruptedCode, runNetwork } from "../up/runNetwork.ts";

/** Ports end at 65535. */
const lastPortBase = 65_536 - portCount;

export const up: Command = {
  name: "up",
  summary: "run a local bridge: two chains, three attestors, packets both ways",
  options: {
    packets: { type: "string", value: "N", help: `how many packets to send (default ${defaultPackets})` },
    aleo: { type: "boolean", help: "add an Aleo side, bridged with one of the chains" },
    "stand-in": { type: "boolean", help: "with --aleo: run no Aleo node, even where one is installed" },
    once: { type: "boolean", help: "stop when they are executed; exit 0 only if every vote is right" },
    reset: { type: "boolean", help: "forget the state of earlier runs first" },
    "port-base": {
      type: "string",
      value: "PORT",
      help: `first of ${portCount} loopback ports (default ${defaultPortBase})`,
    },
    folder: {
      type: "string",
      value: "FOLDER",
      help: "where all state is kept (default .attestor here; with --aleo .attestor/aleo)",
    },
  },
  notes: [
    "Every part is real: Anvil chains, Solidity contracts, SoftHSM tokens, mutual TLS, SQLite.",
    "With --aleo a development node runs the bridge's program, anew at each start; where npm start has",
    "installed none, a stand-in speaks its REST interface and runs no programs.",
    "Keys are generated inside the tokens. Nothing leaves this machine.",
  ].join("\n"),
  async run(args) {
    const withAleo = args.flag("aleo");
    const root = path.resolve(args.text("folder") ?? (withAleo ? path.join(defaultRoot, "aleo") : defaultRoot));
    const packets = numberOption(args, "packets") ?? defaultPackets;
    if (args.flag("stand-in") && !withAleo) throw new AttestorError("usage", { reason: "--stand-in goes with --aleo" });
    const portBase = numberOption(args, "port-base") ?? defaultPortBase;
    if (portBase > lastPortBase) {
      throw new AttestorError("usage", { reason: `--port-base must be at most ${lastPortBase}` });
    }
    const plan = planNetwork(root, portBase, withAleo, withAleo && !args.flag("stand-in") ? findDevnode() : undefined);
    const letGo = claimFolder(root);
    let code = 1;
    try {
      await checkPorts(plan);
      if (args.flag("reset")) rmSync(plan.folder, { recursive: true, force: true });
      code = await runNetwork(plan, { packets, once: args.flag("once") });
    } finally {
      letGo();
    }
    // Contracts or keys that are still being made would keep the process; the next start makes them anew.
    if (code === interruptedCode) process.exit(code);
    return code;
  },
};
