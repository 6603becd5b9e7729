import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { idArgument } from "../operate/holds.ts";
import { pauseView, scopeText } from "../operate/pauses.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { approvalFrom, approvalOptions } from "../operate/statements.ts";

export const pauseEnd: Command = {
  name: "pause end",
  summary: "end a pause that two operators signed for",
  positionals: ["ID"],
  options: {
    operator: operatorOption,
    ...approvalOptions,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "Other pauses of the same route, or of everything, stay. The file `paused` must be gone first.",
  async run(args) {
    const id = idArgument(args);
    const body = { approval: approvalFrom(args) };
    const ended = await withSigner(args, (signer) => signer.ask(pauseView, "POST", `/v1/pauses/${id}/resume`, body));
    print(args, { ended: ended.id, resumed: scopeText(ended) });
    return 0;
  },
};
