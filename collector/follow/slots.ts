import { AttestorError } from "../../shared/errors/index.ts";

/** Places for followers. Each reader may have a few, so that one cannot take all. */
export interface Slots {
  /** How many are taken. */
  readonly taken: number;
  /**
   * @param reader who it is for.
   * @returns what gives it back, to be called once.
   * @throws AttestorError `overloaded` if all are taken, or all that one reader may have.
   */
  take(reader: string): () => void;
}

export function createSlots({ most, mostEach }: { readonly most: number; readonly mostEach: number }): Slots {
  const takenBy = new Map<string, number>();
  let taken = 0;

  function giveBack(reader: string): void {
    const others = (takenBy.get(reader) ?? 0) - 1;
    if (others > 0) takenBy.set(reader, others);
    else takenBy.delete(reader); // nobody is remembered who does not follow
    taken -= 1;
  }

  return {
    get taken() {
      return taken;
    },
    take(reader) {
      const own = takenBy.get(reader) ?? 0;
      if (own >= mostEach) throw tooMany(`${mostEach} readers at this address follow already`);
      if (taken >= most) throw tooMany(`${most} readers follow already`);
      takenBy.set(reader, own + 1);
      taken += 1;
      return () => giveBack(reader);
    },
  };
}

const tooMany = (reason: string) => new AttestorError("overloaded", { reason, retryAfterSeconds: 10 });
