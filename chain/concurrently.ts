/**
 * Handles items a few at a time. Resolves when every item has been handled; then throws the first fault, if there was
 * one: a fault of one item keeps no other from being handled.
 */
export async function concurrently<T>(
  items: readonly T[],
  limit: number,
  handle: (item: T) => Promise<void>,
): Promise<void> {
  const faults: unknown[] = [];
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) {
      try {
        await handle(item);
      } catch (error) {
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (faults.length > 0) throw faults[0];
}
