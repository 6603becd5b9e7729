import { createAuthority } from "../../certs/index.ts";
import { pinOf } from "../../shared/tls/index.ts";
import type { Command } from "../command.ts";
import { numberOption, print, readFileOption } from "../input.ts";

export const certsCa: Command = {
  name: "certs ca",
  summary: "create a certificate authority",
  options: {
    folder: { type: "string", value: "FOLDER", required: true, help: "gets ca.crt and ca.key (mode 0600)" },
    name: { type: "string", value: "NAME", required: true, help: "what the authority is called" },
    days: { type: "string", value: "N", help: "days of validity (default 3650)" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "Keep ca.key off the machines that run services. An existing file is never replaced.",
  async run(args) {
    const days = numberOption(args, "days");
    const files = await createAuthority({
      commonName: args.required("name"),
      folder: args.required("folder"),
      ...(days === undefined ? {} : { days }),
    });
    const pin = pinOf(readFileOption("folder", files.certificateFile));
    print(args, { certificate: files.certificateFile, key: files.keyFile, pin });
    return 0;
  },
};
