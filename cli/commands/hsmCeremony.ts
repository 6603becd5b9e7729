import path from "node:path";
import { type CeremonyTranscript, formatTranscript, transcriptHash, vendors } from "../../hsm/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { refuseUnwritable, writeNewFile } from "../../shared/files/index.ts";
import { fillIn, fillInForKms } from "../ceremony/ceremonyForm.ts";
import { holdCeremony } from "../ceremony/holdCeremony.ts";
import { holdKmsCeremony, kmsUriOf } from "../ceremony/holdKmsCeremony.ts";
import type { Arguments, Command } from "../command.ts";
import { print, readFileOption } from "../input.ts";
import { moduleOption } from "../moduleOption.ts";
import { createInterview, type Interview } from "../terminal/interview.ts";
import { vendorOption } from "../vendorOption.ts";

export const hsmCeremony: Command = {
  name: "hsm ceremony",
  summary: "make a key before witnesses and write down how",
  options: {
    token: { type: "string", value: "LABEL", help: "the token's label" },
    serial: { type: "string", value: "SERIAL", help: "its serial, where two tokens have the label" },
    label: { type: "string", value: "NAME", help: "the key's label in the token and name elsewhere" },
    id: { type: "string", value: "HEX", help: "the key's id, 4 hex digits such as 0001" },
    use: { type: "string", value: "USE", help: "audit, or SCHEME/DEPLOYMENT/DESTINATION" },
    participants: { type: "string", value: "NAMES", help: "who takes part, separated by commas" },
    "sealed-file": { type: "string", value: "FILE", help: "where a sealed key's seed goes" },
    transcript: { type: "string", value: "FILE", help: "where the transcript goes; must not exist" },
    "pin-file": { type: "string", value: "FILE", help: "holds the user PIN (mode 0600)" },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    vendor: { type: "string", value: "NAME", help: vendors.join(", ") },
    existing: { type: "boolean", help: "record a key that is there; generate none" },
    certificate: { type: "string", value: "FILE", help: "the vendor's certificate of the key, PEM" },
    kms: { type: "string", value: "URI", help: "awskms:ARN of a key that is in AWS KMS instead" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Asks for what is missing. The new key signs what is written down; then everybody compares the hash and signs it",
    "(docs/hsm.md says how).",
  ].join("\n"),
  async run(args) {
    const { stdin: input, stderr: output } = process;
    const interview = createInterview({ input, output, attended: input.isTTY === true && output.isTTY === true });
    const kms = args.text("kms");
    const hold = kms === undefined ? await ceremonyInToken(args, interview) : await ceremonyInKms(args, interview, kms);
    const file = path.resolve(hold.transcript);
    refuseUnwritable(file);
    await interview.agree(hold.agreement);
    const transcript = await hold.begin();
    const text = formatTranscript(transcript);
    writeNewFile(file, text, 0o644);
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

/** A ceremony that has been filled in. */
interface Prepared {
  readonly transcript: string;
  /** What somebody at the terminal has to agree to. */
  readonly agreement: string;
  begin(): Promise<CeremonyTranscript>;
}

async function ceremonyInToken(args: Arguments, interview: Interview): Promise<Prepared> {
  const [certificateFile, existing] = [args.text("certificate"), args.flag("existing")];
  if (certificateFile !== undefined && !existing) {
    throw new AttestorError("usage", { reason: "--certificate is about a key that is there already: add --existing" });
  }
  const form = await fillIn(args, interview);
  const certificate = certificateFile === undefined ? undefined : readFileOption("--certificate", certificateFile);
  const deed = existing ? "records key" : "generates key";
  const caution = form.sealedFile === undefined ? "" : " The Aleo key that it seals signs OUTSIDE the HSM.";
  const [module, serial] = [moduleOption(args), args.text("serial")];
  const vendor = vendorOption(args);
  return {
    transcript: form.transcript,
    agreement: `The ceremony ${deed} ${form.label} (id ${form.id}) in token ${form.token}.${caution}`,
    begin: () => holdCeremony(form, { module, serial, vendor, existing, certificate, nowMs: Date.now() }),
  };
}

async function ceremonyInKms(args: Arguments, interview: Interview, kms: string): Promise<Prepared> {
  const uri = kmsUriOf(kms);
  const entries = await fillInForKms(args, interview);
  return {
    transcript: entries.transcript,
    agreement: `The ceremony records key ${entries.label}, which is ${uri.arn}.`,
    begin: () => holdKmsCeremony(entries, uri, Date.now()),
  };
}
