/**
 * The same functions, each call of which is timed until it returns or, where it is asynchronous, settles.
 *
 * @param spent is told the seconds of each call.
 */
export function timed<T extends object>(functions: T, spent: (seconds: number) => void): T {
  const entries = Object.entries(functions).map(([name, value]) => [
    name,
    typeof value === "function" ? timedFunction(value as (...parameters: unknown[]) => unknown, spent) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function timedFunction(work: (...parameters: unknown[]) => unknown, spent: (seconds: number) => void) {
  return (...parameters: unknown[]) => {
    const from = performance.now();
    const end = () => spent((performance.now() - from) / 1_000);
    let result: unknown;
    try {
      result = work(...parameters);
    } catch (error) {
      end();
      throw error;
    }
    if (!(result instanceof Promise)) end();
    else result.then(end, end);
    return result;
  };
}
