import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Files that hold secrets by purpose: configurations and PIN files. */
const holders = /(\.yaml|\/pin|\/so-pin)$/;

/** The PINs and RPC addresses of a local network, read from where they belong. */
export function secretsIn(folder: string): string[] {
  const texts = filesIn(folder).filter((file) => holders.test(file));
  return texts.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    return file.endsWith(".yaml")
      ? [...text.matchAll(/[?&]key=([0-9a-f]+)/g)].map(([, key]) => key ?? "")
      : [text.trim()];
  });
}

/** The files (logs, databases, state), other than those, in which one of the secrets stands. */
export function filesThatTell(folder: string, secrets: readonly string[]): string[] {
  const others = filesIn(folder).filter((file) => !holders.test(file));
  return others.filter((file) => {
    const bytes = readFileSync(file);
    return secrets.some((secret) => bytes.includes(secret));
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
