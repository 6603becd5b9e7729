import {
  type AnyKeyUri,
  isKmsUri,
  isSealedUri,
  type Keeper,
  type KeyUri,
  parseAnyKeyUri,
  startKeeper,
} from "../../hsm/index.ts";
import { inspectToken } from "../../hsm/provisioning/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { type ClockKeeping, clockFinding } from "./clockFinding.ts";
import { type Finding, fail } from "./finding.ts";
import { keyFindings } from "./keyFindings.ts";
import { kmsFindings } from "./kmsFindings.ts";
import { mayLogIn, tokenFindings } from "./tokenFindings.ts";
import { userFindings } from "./userFindings.ts";

/** The part of a signer's configuration that is examined, or of its keepers', which name neither ledger nor certificate. */
export interface Patient {
  readonly keys: Parameters<typeof startKeeper>[0]["keys"];
  readonly keeper: { readonly sessions: number; readonly callDeadline: number };
  readonly stateFolder: string;
  readonly ledger?: string;
  readonly tls?: { readonly key: string };
}

export interface ExamineOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly clockKeeping: ClockKeeping;
  /** Milliseconds that each key is asked to sign. */
  readonly durationMs: number;
}

/** Examines everything that a signer needs of its keys; what one finding makes pointless is left out. */
export async function examine(patient: Patient, { now, clockKeeping, durationMs }: ExamineOptions): Promise<Finding[]> {
  const uris = patient.keys.flatMap(({ uri }) => placeInToken(parseAnyKeyUri(uri)));
  const inKms: Finding[] = [];
  for (const { name, uri: text } of patient.keys) {
    const uri = parseAnyKeyUri(text);
    if (isKmsUri(uri)) inKms.push(...(await kmsFindings({ name, uri }, now)));
  }
  const tokens = [...Map.groupBy(uris, ({ module, token, serial }) => `${module}\0${token}\0${serial}`).values()];
  const looked = tokens.flatMap(([first]) => (first ? [lookAt(first, now())] : []));
  const pinFiles = new Set(uris.flatMap(({ pinSource }) => ("file" in pinSource ? [pinSource.file] : [])));
  const before = [
    ...looked.flatMap(({ findings }) => findings),
    ...inKms,
    ...userFindings({
      pinFiles: [...pinFiles],
      daemonFiles: [patient.ledger, patient.tls?.key].filter((file) => file !== undefined),
    }),
    clockFinding(patient.ledger, now(), clockKeeping),
  ];
  const kmsAnswers = inKms.every(({ result }) => result !== "fail");
  if (!kmsAnswers || !looked.every(({ usable }) => usable)) return [...before, fail("keys", "not opened: see above")];
  return [...before, ...(await openedKeys(patient, durationMs))];
}

/** Where the key is, or the one that seals it, if that is in a token. */
function placeInToken(uri: AnyKeyUri): KeyUri[] {
  if (isKmsUri(uri)) return [];
  return [isSealedUri(uri) ? uri.sealingKey : uri];
}

function lookAt({ module, token, serial, vendor }: KeyUri, nowMs: number): { findings: Finding[]; usable: boolean } {
  try {
    const report = inspectToken(module, { label: token, serial, vendor });
    const findings = tokenFindings(report, nowMs);
    return { findings, usable: mayLogIn(report) && findings.every(({ result }) => result !== "fail") };
  } catch (error) {
    return { findings: [fail("token", messageOf(error))], usable: false };
  }
}

async function openedKeys({ keys, keeper: settings, stateFolder }: Patient, durationMs: number): Promise<Finding[]> {
  const logger = createLogger({ service: "doctor", level: "error" }, { write: () => {} }); // what it meets is told below
  const { sessions, callDeadline: callDeadlineMs } = settings;
  let keeper: Keeper;
  try {
    keeper = await startKeeper({ keys, stateFolder, sessions, callDeadlineMs, logger });
  } catch (error) {
    return [fail("keys", messageOf(error))];
  }
  try {
    const auditKeys = keys.flatMap((key) => ("use" in key ? [key.name] : []));
    return await keyFindings(keeper, { durationMs, atOnce: sessions, callDeadlineMs }, auditKeys);
  } finally {
    await keeper.close();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AttestorError) return error.message;
  throw error;
}
