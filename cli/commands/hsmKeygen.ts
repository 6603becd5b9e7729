import path from "node:path";
import { vendors } from "../../hsm/index.ts";
import { generateKey, readPinFile } from "../../hsm/provisioning/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { moduleOption } from "../moduleOption.ts";
import { vendorOption } from "../vendorOption.ts";

export const hsmKeygen: Command = {
  name: "hsm keygen",
  summary: "generate a signing key inside a token",
  options: {
    token: { type: "string", value: "LABEL", required: true, help: "the token's label" },
    serial: { type: "string", value: "SERIAL", help: "its serial, where two tokens have the label" },
    label: { type: "string", value: "LABEL", required: true, help: "the key's label" },
    id: { type: "string", value: "HEX", required: true, help: "the key's id, 4 hex digits such as 0001" },
    "pin-file": { type: "string", value: "FILE", required: true, help: "holds the user PIN (mode 0600)" },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    vendor: { type: "string", value: "NAME", help: `whose token it is, where it does not tell: ${vendors.join(", ")}` },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "The key is secp256k1, never leaves the token, and may sign and nothing else; the token's own",
    "statement of that is checked. Prints the uri and publicKey that the signer's configuration wants.",
  ].join("\n"),
  async run(args) {
    const serial = args.text("serial");
    const vendor = vendorOption(args);
    const pinFile = path.resolve(args.required("pin-file"));
    const { uri, publicKey, address } = generateKey({
      module: moduleOption(args),
      token: args.required("token"),
      ...(serial === undefined ? {} : { serial }),
      ...(vendor === undefined ? {} : { vendor }),
      pin: readPinFile(pinFile),
      pinFile,
      id: args.required("id"),
      label: args.required("label"),
    });
    print(args, { uri, publicKey, address });
    return 0;
  },
};
