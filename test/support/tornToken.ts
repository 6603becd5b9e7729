import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Puts a SoftHSM token back together. SoftHSM rewrites its token's file in place at each login, so that a kill at that instant
 * leaves an empty file and no token. A device keeps its memory whoever dies: what is tortured here is the attestor, not SoftHSM.
 */
export interface TokenCopy {
  /** @returns whether anything was torn. */
  mend(): boolean;
}

/** @param configFile of SoftHSM, while its token is whole; where it names no token folder there is nothing to mend. */
export function copyOfToken(configFile: string | undefined): TokenCopy {
  const folder = configFile === undefined ? undefined : tokenFolderOf(configFile);
  const whole = new Map(folder === undefined ? [] : filesIn(folder).map((file) => [file, readFileSync(file)]));
  return {
    mend() {
      const torn = [...whole].filter(([file, content]) => content.length > 0 && sizeOf(file) === 0);
      for (const [file, content] of torn) writeFileSync(file, content);
      return torn.length > 0;
    },
  };
}

function tokenFolderOf(configFile: string): string | undefined {
  return /^directories\.tokendir\s*=\s*(\S+)\s*$/m.exec(readFileSync(configFile, "utf8"))?.[1];
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
