import { existsSync } from "node:fs";
import path from "node:path";
import { formatTranscript, transcriptHash } from "../../hsm/index.ts";
import { findSoftHsmModule } from "../../hsm/provisioning/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { fillIn } from "../ceremony/ceremonyForm.ts";
import { holdCeremony } from "../ceremony/holdCeremony.ts";
import { writeNewFile } from "../ceremony/writeNewFile.ts";
import type { Command } from "../command.ts";
import { print, readFileOption } from "../input.ts";
import { createInterview } from "../terminal/interview.ts";

export const hsmCeremony: Command = {
  name: "hsm ceremony",
  summary: "make a key before witnesses and write down how",
  options: {
    token: { type: "string", value: "LABEL", help: "the token's label" },
    serial: { type: "string", value: "SERIAL", help: "its serial, where two tokens have the label" },
    label: { type: "string", value: "NAME", help: "the key's label in the token, and its name in the configuration" },
    id: { type: "string", value: "HEX", help: "the key's id, 4 hex digits such as 0001" },
    use: { type: "string", value: "USE", help: "audit, or SCHEME/DEPLOYMENT/DESTINATION" },
    participants: { type: "string", value: "NAMES", help: "who takes part, separated by commas" },
    "sealed-file": { type: "string", value: "FILE", help: "where the sealed seed goes (verulink-aleo-schnorr only)" },
    transcript: { type: "string", value: "FILE", help: "where the transcript goes; must not exist" },
    "pin-file": { type: "string", value: "FILE", help: "holds the user PIN (mode 0600)" },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    existing: { type: "boolean", help: "record a key that is in the token already; generate none" },
    certificate: { type: "string", value: "FILE", help: "the vendor's certificate over the key, PEM" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "At a terminal, asks for what is missing. The new key signs everything that is written down. Then every",
    "participant compares the hash, signs the file and hands in FILE.sig for `attestor hsm ceremony verify`:",
    "  ssh-keygen -Y sign -n hsm-attestor -f ~/.ssh/id_ed25519_sk FILE",
    "For --use verulink-aleo-schnorr/… the token seals an Aleo key, which signs outside it: see docs/aleo.md.",
  ].join("\n"),
  async run(args) {
    const { stdin: input, stderr: output } = process;
    const interview = createInterview({ input, output, attended: input.isTTY === true && output.isTTY === true });
    const form = await fillIn(args, interview);
    const file = path.resolve(form.transcript);
    if (existsSync(file))
      throw new AttestorError("conflict", { reason: `${file} exists already; it is left as it is` });
    const certificateFile = args.text("certificate");
    const certificate = certificateFile === undefined ? undefined : readFileOption("--certificate", certificateFile);
    const existing = args.flag("existing");
    const deed = existing ? "records key" : "generates key";
    const caution = form.sealedFile === undefined ? "" : " The Aleo key that it seals signs OUTSIDE the HSM.";
    await interview.agree(`The ceremony ${deed} ${form.label} (id ${form.id}) in token ${form.token}.${caution}`);
    const module = args.text("module") ?? findSoftHsmModule();
    const serial = args.text("serial");
    const transcript = await holdCeremony(form, { module, serial, existing, certificate, nowMs: Date.now() });
    const text = formatTranscript(transcript);
    writeNewFile(file, text);
    const { uri, publicKey, address, custody } = transcript.key;
    print(args, {
      uri,
      publicKey,
      address,
      ...(custody && { custody }),
      transcript: file,
      sha256: transcriptHash(text),
    });
    interview.tell(`Every participant now signs: ssh-keygen -Y sign -n hsm-attestor -f KEY ${file}`);
    return 0;
  },
};
