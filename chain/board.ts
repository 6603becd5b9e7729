import type { Logger } from "../shared/log/index.ts";

/**
 * What is wrong now, by subject ("route a-to-b", "signer") and aspect ("clock", "scan"). Every part of the service
 * reports here; readiness, status and the gates in front of signing read it.
 */
export interface Board {
  /** Sets why an aspect of a subject is not in order, or with undefined that it is. Each change is logged once. */
  report(subject: string, aspect: string, reason: string | undefined): void;
  /** The reasons of one subject, by aspect. */
  of(subject: string): Readonly<Record<string, string>>;
  /** All reasons, each with its subject. */
  reasons(): string[];
}

/** A chain's name on the board. */
export function chainSubject(name: string): string {
  return `chain ${name}`;
}

export function createBoard(logger: Logger): Board {
  const subjects = new Map<string, Map<string, string>>();
  return {
    report(subject, aspect, reason) {
      const aspects = subjects.get(subject) ?? new Map<string, string>();
      subjects.set(subject, aspects);
      if (aspects.get(aspect) === reason) return;
      if (reason === undefined) {
        aspects.delete(aspect);
        logger.info({ subject, aspect }, "in order again");
      } else {
        aspects.set(aspect, reason);
        logger.warn({ subject, aspect, reason }, "not in order");
      }
    },
    of: (subject) => Object.fromEntries(subjects.get(subject) ?? []),
    reasons: () =>
      [...subjects].flatMap(([subject, aspects]) => [...aspects.values()].map((why) => `${subject}: ${why}`)),
  };
}
