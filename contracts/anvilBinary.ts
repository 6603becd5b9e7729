import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Path of the Anvil executable for this machine. The package's own `anvil` command is a Node wrapper around it, which
 * leaves Anvil running when it is killed; so start this one. Throws where npm installed none.
 */
export function anvilBinary(): string {
  const platform = process.platform === "win32" ? "win32" : process.platform;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = platform === "win32" ? "anvil.exe" : "anvil";
  const path = resolved(`@foundry-rs/anvil-${platform}-${architecture}/bin/${file}`);
  if (path && existsSync(path)) return path;
  throw new Error(`Anvil is not installed for ${platform} ${process.arch}: run npm install with optional packages.`);
}

function resolved(specifier: string): string | undefined {
  try {
    return require.resolve(specifier);
  } catch {
    return undefined;
  }
}
