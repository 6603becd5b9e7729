import { AttestorError } from "../../shared/errors/index.ts";
import { pinOf } from "../../shared/tls/index.ts";
import type { Command } from "../command.ts";
import { readFileOption } from "../input.ts";

export const certsPin: Command = {
  name: "certs pin",
  summary: "print the public key pin of a certificate",
  positionals: ["FILE"],
  options: {},
  notes: "The pin names the key: a renewed certificate for the same key has the same pin.",
  async run(args) {
    const file = args.positionals[0] ?? "";
    const certificate = readFileOption("FILE", file);
    try {
      process.stdout.write(`${pinOf(certificate)}\n`);
    } catch {
      throw new AttestorError("usage", { reason: `${file} is not a certificate` });
    }
    return 0;
  },
};
