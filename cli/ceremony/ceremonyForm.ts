import { type KeyUse, keyUseSchema } from "../../hsm/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { name } from "../../shared/schema/index.ts";
import type { Arguments } from "../command.ts";
import type { Interview } from "../terminal/interview.ts";

/** What has to be known before a ceremony begins. */
export interface CeremonyForm {
  readonly token: string;
  readonly label: string;
  /** 4 hex digits. */
  readonly id: string;
  readonly pinFile: string;
  readonly use: KeyUse;
  /** The file that the sealed seed is written to; there for a key that is not in the token. */
  readonly sealedFile?: string;
  readonly participants: readonly string[];
  /** The file that the transcript is written to. */
  readonly transcript: string;
}

/** Takes each entry from the command line or asks for it. @throws AttestorError `usage`. */
export async function fillIn(args: Arguments, interview: Interview): Promise<CeremonyForm> {
  const entry = (option: string, question: string) => interview.value(option, args.text(option), question);
  const form = {
    participants: namesIn(await entry("participants", "Who takes part (names, separated by commas)?")),
    token: await entry("token", "Label of the token?"),
    label: nameIn("label", await entry("label", "Name of the key?")),
    id: await entry("id", "Id of the key (4 hex digits, such as 0001)?"),
    use: useIn(await entry("use", "What is it for (SCHEME/DEPLOYMENT/DESTINATION, or audit)?")),
    pinFile: await entry("pin-file", "File with the user PIN (mode 0600)?"),
    transcript: await entry("transcript", "File to write the transcript to?"),
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
  if (new Set(names).size === names.length) return names;
  throw new AttestorError("usage", { reason: "--participants names somebody twice" });
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
