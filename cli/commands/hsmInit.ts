import { initialiseToken, readPinFile } from "../../hsm/provisioning/index.ts";
import type { Command } from "../command.ts";
import { print } from "../input.ts";
import { moduleOption } from "../moduleOption.ts";

export const hsmInit: Command = {
  name: "hsm init",
  summary: "initialise a token",
  options: {
    label: { type: "string", value: "LABEL", required: true, help: "the token's label, of no other token" },
    "pin-file": { type: "string", value: "FILE", required: true, help: "holds the user PIN (mode 0600)" },
    "so-pin-file": {
      type: "string",
      value: "FILE",
      required: true,
      help: "holds the security officer's PIN (mode 0600)",
    },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "An existing token is never touched. SOFTHSM2_CONF says where SoftHSM keeps its tokens.",
  async run(args) {
    const token = initialiseToken({
      module: moduleOption(args),
      label: args.required("label"),
      pin: readPinFile(args.required("pin-file")).value,
      securityOfficerPin: readPinFile(args.required("so-pin-file")).value,
    });
    print(args, { ...token });
    return 0;
  },
};
