import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { pauseView, scopeText } from "../operate/pauses.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

export const pause: Command = {
  name: "pause",
  summary: "stop a signer or a route from signing",
  options: {
    operator: operatorOption,
    route: { type: "string", value: "NAME", help: "only this route of the policy (default everything)" },
    note: { type: "string", value: "TEXT", required: true, help: "why, for whoever reads it later" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "One operator is enough; it takes two to go on (`pause statement`, `pause end`). It holds across restarts.",
    "With no signer running, or none that answers: touch the file `paused` in its state folder.",
  ].join("\n"),
  async run(args) {
    const body = { note: args.required("note"), ...(args.text("route") && { route: args.text("route") }) };
    const { id, by, since, ...rest } = await withSigner(args, (signer) =>
      signer.ask(pauseView, "POST", "/v1/pauses", body),
    );
    print(args, { pause: id, paused: scopeText(rest), by, since });
    return 0;
  },
};
