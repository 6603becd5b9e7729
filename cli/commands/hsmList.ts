import { vendors } from "../../hsm/index.ts";
import { listKeys, readPinFile } from "../../hsm/provisioning/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { moduleOption } from "../moduleOption.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { vendorOption } from "../vendorOption.ts";

export const hsmList: Command = {
  name: "hsm list",
  summary: "list a token's keys and check their attributes",
  options: {
    token: { type: "string", value: "LABEL", required: true, help: "the token's label" },
    serial: { type: "string", value: "SERIAL", help: "its serial, where two tokens have the label" },
    "pin-file": { type: "string", value: "FILE", required: true, help: "holds the user PIN (mode 0600)" },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    vendor: { type: "string", value: "NAME", help: `whose token it is, where it does not tell: ${vendors.join(", ")}` },
    json: { type: "boolean", help: "print JSON, with every attribute" },
  },
  notes: "A key is usable if the signer would take it: generated inside, not extractable, for signing only.",
  async run(args) {
    const serial = args.text("serial");
    const vendor = vendorOption(args);
    const keys = listKeys({
      module: moduleOption(args),
      token: args.required("token"),
      ...(serial === undefined ? {} : { serial }),
      ...(vendor === undefined ? {} : { vendor }),
      pin: readPinFile(args.required("pin-file")),
    });
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson({ keys })}\n`);
      return 0;
    }
    if (keys.length === 0) process.stdout.write("The token holds no private key.\n");
    else process.stdout.write(`${table([heading(), ...keys.map(cells)])}\n`);
    return 0;
  },
};

function heading(): string[] {
  return ["id", "label", "address", "usable"].map((text) => styled("dim", text));
}

function cells(key: ReturnType<typeof listKeys>[number]): string[] {
  const why = key.unmet.map(({ attribute }) => attribute).join(", ") || "no public key of secp256k1 beside it";
  const usable = key.usable ? styled("green", "yes") : styled("red", `no: ${why}`);
  return [key.id, key.label, key.address ?? "–", usable];
}
