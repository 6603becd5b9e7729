import { AttestorError } from "../../shared/errors/index.ts";
import type { Arguments, OptionHelp } from "../command.ts";

/** Which of several deployments is meant, where they have a packet of one id. */
export const deploymentOption: Readonly<Record<string, OptionHelp>> = {
  deployment: { type: "string", value: "NAME", help: "which one, where several deployments have such a packet" },
};

/**
 * The control path of the packet that a command's argument names: `source/destination/sequence`, as lists print it.
 *
 * @throws AttestorError `usage`.
 */
export function packetPath(args: Arguments, operation = ""): string {
  const [id = ""] = args.positionals;
  if (!/^[0-9]{1,39}\/[0-9]{1,39}\/[0-9]{1,39}$/.test(id)) {
    throw new AttestorError("usage", { reason: "ID must be source/destination/sequence, such as 1001/1002/7" });
  }
  const deployment = args.text("deployment");
  const query = deployment === undefined ? "" : `?${new URLSearchParams({ deployment })}`;
  return `/v1/packets/${id}${operation}${query}`;
}
