import { isKmsUri, parseAnyKeyUri, readTranscript, transcriptHash } from "../../hsm/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { parseSignerKeys, signersOf } from "../ceremony/ceremonySignatures.ts";
import type { Arguments, Command } from "../command.ts";
import { print, readFileOption } from "../input.ts";

export const hsmCeremonyVerify: Command = {
  name: "hsm ceremony verify",
  summary: "check the transcript of a key ceremony and who signed it",
  positionals: ["FILE"],
  options: {
    signatures: { type: "string", value: "FILES", help: "the .sig files, separated by commas" },
    signers: { type: "string", value: "FILE", help: "a line NAME TYPE BASE64 for each SSH key" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Needs no token. Checks that the key signed the transcript, that nothing in it was edited, that the address is",
    "the key's and the device the one that its URI names, and that the certificate, if there is one, is about the",
    "key; follow its issuer up to the vendor yourself. With --signatures, exit code 1 unless every participant signed.",
  ].join("\n"),
  async run(args) {
    const text = readFileOption("FILE", args.positionals[0] ?? "");
    const { key, device, participants, heldAt, generated, attestationCertificate } = readTranscript(text);
    const signed = signaturesOf(args, text);
    const missing = participants.filter((name) => !signed.has(name));
    print(args, {
      sha256: transcriptHash(text),
      heldAt,
      generated,
      key: key.name,
      address: key.address,
      custody: key.custody ?? (isKmsUri(parseAnyKeyUri(key.uri)) ? "kms" : "hsm"),
      use: key.use === "audit" ? key.use : `${key.use.scheme}/${key.use.deployment}/${key.use.destination}`,
      token: `${device.token} (serial ${device.serial}, ${device.manufacturer} ${device.model}, ${device.firmware})`,
      certificate: attestationCertificate === null ? "none" : "about this key; issuer not checked",
      signed: [...signed].join(", ") || "nobody",
      missing: missing.join(", ") || "nobody",
    });
    return args.text("signatures") !== undefined && missing.length > 0 ? 1 : 0;
  },
};

function signaturesOf(args: Arguments, transcript: string): ReadonlySet<string> {
  const [files, signers] = [args.text("signatures"), args.text("signers")];
  if (files === undefined && signers === undefined) return new Set();
  if (files === undefined || signers === undefined) {
    throw new AttestorError("usage", { reason: "--signatures and --signers belong together" });
  }
  const signatures = files.split(",").map((file) => readFileOption("--signatures", file.trim()));
  return signersOf(transcript, signatures, parseSignerKeys(readFileOption("--signers", signers)));
}
