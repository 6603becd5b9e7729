import { AttestorError } from "../../shared/errors/index.ts";

/** Most questions that are kept to be asked again; the oldest go first. */
const mostKept = 64;
/** How many of them are asked at once, so that nothing is held up by them. */
const mostAtOnce = 4;

/** A question that somebody answered otherwise than others before the block was final for him, which may be honest. */
interface Doubt {
  readonly height: number;
  /** Labels of those who had not called the block final. */
  readonly providers: readonly string[];
  again(): Promise<unknown>;
}

/** Questions to be asked again. */
export interface Doubts {
  /** @param key the question in one text: asked twice, it is kept once. */
  keep(key: string, doubt: Doubt): void;
  /** Asks again where one of the providers calls the block final by now. Without a quorum the answers count as well. */
  askAgain(isBound: (provider: string, height: number) => boolean): Promise<void>;
}

/** Begins without any; what is not asked again before the service ends is forgotten. */
export function createDoubts(): Doubts {
  const doubts = new Map<string, Doubt>();
  return {
    keep(key, doubt) {
      const [oldest] = doubts.keys();
      if (oldest !== undefined && doubts.size >= mostKept) doubts.delete(oldest);
      doubts.set(key, doubt);
    },
    async askAgain(isBound) {
      const ripe = [...doubts].filter(([, { providers, height }]) => providers.some((label) => isBound(label, height)));
      const asked = ripe.slice(0, mostAtOnce).map(async ([key, { again }]) => {
        doubts.delete(key);
        await again().catch((error) => {
          if (!(error instanceof AttestorError)) throw error;
        });
      });
      await Promise.all(asked);
    },
  };
}
