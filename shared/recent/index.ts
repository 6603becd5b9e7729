/**
 * A pure function that keeps its latest answers. What is asked of it twice within a moment, by two parts that do not trust
 * each other's word, is worked out once.
 *
 * @param size how many answers are kept; the oldest goes first.
 */
export function recent<V>(size: number, compute: (key: string) => V): (key: string) => V {
  const known = new Map<string, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    const [oldest] = known.size < size ? [] : known.keys();
    if (oldest !== undefined) known.delete(oldest);
    known.set(key, value);
    return value;
  };
}
