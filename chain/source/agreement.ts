/** What one provider said to a question, or why it said nothing that counts. */
export type Said<T> = { readonly provider: string } & (
  | {
      readonly value: T /** The value in one spelling, so that equal values have equal texts. */;
      readonly text: string;
    }
  | { readonly fault: string }
);

/** What several answers to one question come to. */
export type Agreement<T> =
  | { readonly outcome: "agreed"; readonly value: T; readonly text: string }
  /** Too few have answered so far, and those who still can may decide it. */
  | { readonly outcome: "open" }
  /** Usable answers differ and none has the quorum: somebody lies or is broken. */
  | { readonly outcome: "disagreement" }
  /** Too few usable answers. */
  | { readonly outcome: "too_few" };

/** An answer and everybody who gave it. */
export interface Side<T> {
  readonly text: string;
  readonly value: T;
  readonly providers: readonly string[];
}

/** The different answers, the one of most providers first. */
export function sidesOf<T>(answers: readonly Said<T>[]): Side<T>[] {
  const sides = new Map<string, { text: string; value: T; providers: string[] }>();
  for (const answer of answers) {
    if (!("text" in answer)) continue;
    const side = sides.get(answer.text) ?? { text: answer.text, value: answer.value, providers: [] };
    side.providers.push(answer.provider);
    sides.set(answer.text, side);
  }
  return [...sides.values()].sort((a, b) => b.providers.length - a.providers.length);
}

/**
 * Decides one question. Whoever has not answered, or not usably, counts against the quorum.
 *
 * @param quorum how many equal answers are needed: more than half of all providers, so that no two values can have it.
 * @param pending how many providers can still answer.
 */
export function agree<T>(answers: readonly Said<T>[], quorum: number, pending: number): Agreement<T> {
  const [first, second] = sidesOf(answers);
  const most = first?.providers.length ?? 0;
  if (first && most >= quorum) return { outcome: "agreed", value: first.value, text: first.text };
  if (most + pending >= quorum) return { outcome: "open" };
  return { outcome: second ? "disagreement" : "too_few" };
}

/**
 * Heights at which the quorum can be asked, best first: the q-th highest and those below. At least q providers claim to
 * have each, so that neither q − 1 providers that run ahead nor as many that lag decide it.
 */
export function quorumHeights(claimed: readonly number[], quorum: number): number[] {
  const sorted = [...claimed].sort((a, b) => b - a);
  return [...new Set(sorted.slice(quorum - 1))];
}
