import { deviceText, type KeyUse, keyUseSchema, mostParticipants } from "../../hsm/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { name } from "../../shared/schema/index.ts";
import type { Arguments } from "../command.ts";
import type { Interview } from "../terminal/interview.ts";

/** What has to be known before any ceremony begins. */
export interface CeremonyEntries {
  /** The key's name. */
  readonly label: string;
  readonly use: KeyUse;
  readonly participants: readonly string[];
  /** The file that the transcript is written to. */
  readonly transcript: string;
}

/** What has to be known before a ceremony with a token begins. */
export interface CeremonyForm extends CeremonyEntries {
  readonly token: string;
  /** 4 hex digits. */
  readonly id: string;
  readonly pinFile: string;
  /** The file that the sealed seed is written to; there for a key that is not in the token. */
  readonly sealedFile?: string;
}

const questions = {
  participants: "Who takes part (names, separated by commas)?",
  label: "Name of the key?",
  use: "What is it for (SCHEME/DEPLOYMENT/DESTINATION, or audit)?",
  transcript: "File to write the transcript to?",
} as const;

/** Takes each entry of a KMS key's ceremony from the command line or asks for it. @throws AttestorError `usage`. */
export async function fillInForKms(args: Arguments, interview: Interview): Promise<CeremonyEntries> {
  const strange = ["token", "serial", "id", "pin-file", "module", "vendor", "certificate", "sealed-file"].find(
    (option) => args.text(option),
  );
  if (strange !== undefined || args.flag("existing")) {
    throw new AttestorError("usage", { reason: `--${strange ?? "existing"} says nothing about a key of AWS KMS` });
  }
  const entry = (option: keyof typeof questions) => interview.value(option, args.text(option), questions[option]);
  return {
    participants: namesIn(await entry("participants")),
    label: nameIn("label", await entry("label")),
    use: useIn(await entry("use")),
    transcript: await entry("transcript"),
  };
}

/** Takes each entry from the command line or asks for it. @throws AttestorError `usage`. */
export async function fillIn(args: Arguments, interview: Interview): Promise<CeremonyForm> {
  const entry = (option: string, question: string) => interview.value(option, args.text(option), question);
  const form = {
    participants: namesIn(await entry("participants", questions.participants)),
    token: tokenIn(await entry("token", "Label of the token?")),
    label: nameIn("label", await entry("label", questions.label)),
    id: await entry("id", "Id of the key (4 hex digits, such as 0001)?"),
    use: useIn(await entry("use", questions.use)),
    pinFile: await entry("pin-file", "File with the user PIN (mode 0600)?"),
    transcript: await entry("transcript", questions.transcript),
  };
  if (!isSealed(form.use)) {
    if (args.text("sealed-file") === undefined) return form;
    throw new AttestorError("usage", { reason: "--sealed-file is for --use verulink-aleo-schnorr/… only" });
  }
  return { ...form, sealedFile: await entry("sealed-file", "File to write the sealed seed to?") };
}

/** No HSM can sign by this scheme. */
function isSealed(use: KeyUse): boolean {
  return use !== "audit" && use.scheme === "verulink-aleo-schnorr";
}

function namesIn(text: string): string[] {
  const names = text.split(",").map((each) => nameIn("participants", each.trim()));
  if (names.length > mostParticipants) {
    throw new AttestorError("usage", { reason: `--participants names more than ${mostParticipants}` });
  }
  if (new Set(names).size === names.length) return names;
  throw new AttestorError("usage", { reason: "--participants names somebody twice" });
}

function tokenIn(text: string): string {
  if (deviceText.safeParse(text).success) return text;
  throw new AttestorError("usage", { reason: "--token must be printable ASCII, or the transcript could not name it" });
}

function nameIn(option: string, text: string): string {
  const parsed = name.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AttestorError("usage", { reason: `--${option}: ${text} ${parsed.error.issues[0]?.message}` });
}

function useIn(text: string): KeyUse {
  const [scheme, deployment, destination, ...rest] = text.split("/");
  const parsed = keyUseSchema.safeParse(text === "audit" ? text : { scheme, deployment, destination });
  if (parsed.success && rest.length === 0) return parsed.data;
  throw new AttestorError("usage", {
    reason: "--use must be audit or SCHEME/DEPLOYMENT/DESTINATION, such as verulink-evm/main/27234042785",
  });
}
