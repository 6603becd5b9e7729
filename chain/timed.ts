/** What is timed together: a call made within another one of them counts once. */
export interface Stopwatch {
  depth: number;
  /** Told the seconds of each call. */
  readonly spent: (seconds: number) => void;
}

/** The same functions, each call of which is timed until it returns or, where it is asynchronous, settles. */
export function timed<T extends object>(functions: T, watch: Stopwatch): T {
  const entries = Object.entries(functions).map(([name, value]) => [
    name,
    typeof value === "function" ? timedFunction(value as (...parameters: unknown[]) => unknown, watch) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function timedFunction(work: (...parameters: unknown[]) => unknown, watch: Stopwatch) {
  return (...parameters: unknown[]) => {
    if (watch.depth > 0) return work(...parameters);
    const from = performance.now();
    const end = () => watch.spent((performance.now() - from) / 1_000);
    let result: unknown;
    watch.depth += 1;
    try {
      result = work(...parameters);
    } catch (error) {
      end();
      throw error;
    } finally {
      watch.depth -= 1;
    }
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result;
  };
}
