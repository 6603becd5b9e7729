/** A pure function that keeps its latest answers. */
export interface Recent<V> {
  (key: string): V;
  /** The answer for a key is known already: whoever says so has worked it out by other means. */
  learn(key: string, value: V): void;
}

/**
 * A pure function that keeps its latest answers. What is asked of it twice within a moment, by two parts that do not trust
 * each other's word, is worked out once.
 *
 * @param size how many answers are kept at most; at least half as many are. The older half goes at once: a map from which
 * the oldest is taken each time walks past all that are gone.
 */
export function recent<V>(size: number, compute: (key: string) => V): Recent<V> {
  let older = new Map<string, V>();
  let latest = new Map<string, V>();
  const learn = (key: string, value: V) => {
    if (latest.size >= size / 2) [older, latest] = [latest, new Map()];
    latest.set(key, value);
  };
  const answer = (key: string) => {
    const found = latest.get(key);
    if (found !== undefined) return found;
    const value = older.get(key) ?? compute(key);
    learn(key, value);
    return value;
  };
  return Object.assign(answer, { learn });
}
