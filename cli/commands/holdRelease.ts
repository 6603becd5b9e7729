import { z } from "zod";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { digestOption, idArgument } from "../operate/holds.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";

const answer = z.object({ approvals: z.array(z.string()), released: z.boolean() });

export const holdRelease: Command = {
  name: "hold release",
  summary: "approve a hold that waits for review",
  positionals: ["ID"],
  options: {
    operator: operatorOption,
    digest: digestOption,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "It takes two operators, neither of whom asked for the packet. Look at it with `attestor hold show ID` first",
    "and compare it with the source chain by a way of your own. The client's next request then passes this review;",
    "the other rules hold as before.",
  ].join("\n"),
  async run(args) {
    const id = idArgument(args);
    const body = { digest: args.required("digest") };
    const { approvals, released } = await withSigner(args, (signer) =>
      signer.ask(answer, "POST", `/v1/holds/${id}/release`, body),
    );
    print(args, { hold: id, approvals: approvals.join(", "), released: released ? "yes" : "not yet: it takes two" });
    return 0;
  },
};
