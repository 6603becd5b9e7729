import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/**
 * Loads a module of `scripts/`. They are plain JavaScript, because they run before anything is installed, and the
 * compiler's settings for TypeScript know nothing of their types: a test states what it calls.
 *
 * @param path relative to `scripts/`
 */
export async function load<Exports>(path: string): Promise<Exports> {
  return (await import(`${root}/scripts/${path}`)) as Exports;
}
