import { realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";

/**
 * The folder of compiled code (Node's `NODE_COMPILE_CACHE`) that a keeper may share with its starter: half of the CPU time of
 * its start is left. Whoever can write there has the keeper run what he likes, so it is handed on only if this very user or
 * root owns it and every folder above it, and nobody else may write to any of them (a sticky one, as /tmp is, protects what
 * is in it). Production names no such folder: code that a service can write would outlive a break-in.
 *
 * @param environment the starter's own.
 * @returns what to add to the keeper's environment.
 */
export function trustedCompiledCode(environment: NodeJS.ProcessEnv, uid = process.geteuid?.()): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: folder = "" } = environment;
  if (uid === undefined || !path.isAbsolute(folder)) return {};
  try {
    const real = realpathSync(folder);
    if (!isOwn(statSync(real), uid, "itself")) return {};
    for (let above = real; above !== "/"; ) {
      above = path.dirname(above);
      if (!isOwn(statSync(above), uid, "above")) return {};
    }
    return { NODE_COMPILE_CACHE: real };
  } catch {
    return {}; // it is not there, or this user cannot see it: the keeper compiles for itself
  }
}

function isOwn(status: Stats, uid: number, place: "itself" | "above"): boolean {
  const writableByOthers = (status.mode & 0o022) !== 0;
  const sticky = place === "above" && (status.mode & 0o1000) !== 0;
  return status.isDirectory() && (status.uid === uid || status.uid === 0) && (!writableByOthers || sticky);
}
