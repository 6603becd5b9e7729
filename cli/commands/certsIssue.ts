import path from "node:path";
import { issueCertificate } from "../../certs/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { pinOf } from "../../shared/tls/index.ts";
import type { Command } from "../command.ts";
import { numberOption, print, readFileOption } from "../input.ts";

export const certsIssue: Command = {
  name: "certs issue",
  summary: "issue a server or client certificate",
  options: {
    authority: { type: "string", value: "FOLDER", required: true, help: "folder with ca.crt and ca.key" },
    role: { type: "string", value: "ROLE", required: true, help: "server or client" },
    name: { type: "string", value: "NAME", required: true, help: "common name; also names the files" },
    folder: { type: "string", value: "FOLDER", required: true, help: "gets NAME.crt and NAME.key (mode 0600)" },
    hosts: { type: "string", value: "LIST", help: "server: host names and addresses, separated by commas" },
    days: { type: "string", value: "N", help: "days of validity (default 365)" },
    renew: { type: "boolean", help: "new certificate for the key that is there; the pin stays" },
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const role = args.required("role");
    if (role !== "server" && role !== "client") {
      throw new AttestorError("usage", { reason: "--role must be server or client" });
    }
    const authority = args.required("authority");
    const hosts = args
      .text("hosts")
      ?.split(",")
      .map((host) => host.trim());
    const files = await issueCertificate({
      authority: { certificateFile: path.join(authority, "ca.crt"), keyFile: path.join(authority, "ca.key") },
      role,
      commonName: args.required("name"),
      folder: args.required("folder"),
      days: numberOption(args, "days") ?? 365,
      renew: args.flag("renew"),
      ...(hosts ? { hosts } : {}),
    });
    const pin = pinOf(readFileOption("folder", files.certificateFile));
    print(args, { certificate: files.certificateFile, key: files.keyFile, pin });
    return 0;
  },
};
