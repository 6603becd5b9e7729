import { z } from "zod";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { digestOption, idArgument } from "../operate/holds.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

const answer = z.object({ droppedBy: z.string() });

export const holdDrop: Command = {
  name: "hold drop",
  summary: "drop a hold: its content is denied from now on",
  positionals: ["ID"],
  options: {
    operator: operatorOption,
    digest: digestOption,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "One operator is enough. Two who release it later undo that, if it waits for review.",
  async run(args) {
    const id = idArgument(args);
    const body = { digest: args.required("digest") };
    const { droppedBy } = await withSigner(args, (signer) => signer.ask(answer, "POST", `/v1/holds/${id}/drop`, body));
    print(args, { hold: id, "dropped by": droppedBy });
    return 0;
  },
};
