import { createHash } from "node:crypto";
import type { VerdictResult } from "../../shared/digest/index.ts";
import type { CannotTell, Finding, ScreenedAddress, ScreeningSource, SourceState } from "./screening.ts";

/** What all sources together say. `source` and `version` go into the verdict, the findings into the packet's record. */
export interface ScreeningResult {
  readonly result: VerdictResult;
  readonly source: string;
  readonly version: string;
  /** One for each source that answered. */
  readonly findings: readonly Finding[];
}

/** All screening sources as one. */
export interface Screening {
  screen(addresses: readonly ScreenedAddress[]): Promise<ScreeningResult | CannotTell>;
  state(): readonly SourceState[];
}

/** Longest text that a verdict may carry (`printableAscii`). */
const longestText = 128;

/**
 * Asks every source about every packet. One that flags is enough for flagged, whatever the others say; white takes all
 * of them: where one can't tell and none flags, there is no answer.
 */
export function combineScreening(sources: readonly ScreeningSource[]): Screening {
  return {
    async screen(addresses) {
      const answers = await Promise.all(sources.map((source) => source.screen(addresses)));
      const findings = answers.filter((answer): answer is Finding => "result" in answer);
      if (findings.some(({ result }) => result === "flagged")) return resultOf("flagged", findings);
      const silent = answers.filter((answer): answer is CannotTell => "cannotTell" in answer);
      if (silent.length === 0) return resultOf("white", findings);
      const retryAfterMs = Math.max(...silent.map((answer) => answer.retryAfterMs ?? 0));
      return { cannotTell: silent.map(({ cannotTell }) => cannotTell).join("; "), retryAfterMs };
    },
    state: () => sources.map((source) => source.state()),
  };
}

/** A single source is named as it is; several are joined by `+`, and their versions hashed where they get too long. */
function resultOf(result: VerdictResult, findings: readonly Finding[]): ScreeningResult {
  const versions = findings.map(({ version }) => version).join("+");
  const version = versions.length <= longestText ? versions : `sha256:${sha256(JSON.stringify(findings))}`;
  return { result, source: findings.map(({ source }) => source).join("+"), version, findings };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
