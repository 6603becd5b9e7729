/** What went wrong in a check; its text is all that is shown. */
export class Wrong extends Error {}

/** Throws {@link Wrong} unless it holds. */
export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Wrong(otherwise);
}

let failures = 0;

/** Runs one check, and prints a line that says how it went. The next one runs in any case. */
export async function check(name: string, run: () => unknown): Promise<void> {
  const startedAt = Date.now();
  try {
    await run();
    process.stdout.write(`ok    ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    failures += 1;
    const told = error instanceof Wrong ? error.message : error instanceof Error ? (error.stack ?? "") : String(error);
    process.stdout.write(`FAIL  ${name}\n      ${told.replaceAll("\n", "\n      ")}\n`);
  }
}

/** How many checks failed. */
export const failed = () => failures;
