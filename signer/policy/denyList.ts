import { createHash } from "node:crypto";
import { type BigIntStats, readFileSync, statSync } from "node:fs";
import { AttestorError, faultText } from "../../shared/errors/index.ts";
import { canonicalEvmAddress, isAleoAddress } from "../../shared/packet/index.ts";

/** Addresses that are never signed white, as the operator's file says now. */
export interface DenyList {
  /**
   * The state of the file at this moment: a change of it counts from the next call on.
   *
   * @throws AttestorError `config_invalid` as long as the file cannot be read or holds a broken line.
   */
  now(): { readonly version: string; has(address: string): boolean };
}

/** @throws AttestorError `config_invalid` if it cannot be used as it is now. */
export function openDenyList(file: string): DenyList {
  let seen = "";
  let current: ReturnType<typeof readDenyList> | undefined;
  const now = () => {
    const state = stateOf(file);
    if (!current || state !== seen) {
      current = undefined;
      current = readDenyList(file);
      seen = state;
    }
    return current;
  };
  now();
  return { now };
}

function stateOf(file: string): string {
  const state = statOf(file);
  // reading a device may never end, and one operator's policy can name any path before the second one has approved it
  if (!state.isFile()) throw invalid(file, "is no file but a folder, a device or the like");
  const { mtimeNs, ctimeNs, size, ino } = state;
  return `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
}

function statOf(file: string): BigIntStats {
  try {
    return statSync(file, { bigint: true });
  } catch (error) {
    throw invalid(file, `cannot be read (${faultText(error)})`);
  }
}

function readDenyList(file: string) {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw invalid(file, `cannot be read (${faultText(error)})`);
  }
  const lines = bytes.toString("utf8").split(/\r?\n/);
  const listed = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const address = line.replace(/#.*$/, "").trim();
    if (address === "") continue;
    const canonical = canonicalEvmAddress(address) ?? (isAleoAddress(address) ? address : undefined);
    if (canonical === undefined) throw invalid(file, `line ${index + 1} is no address (0x… or aleo1…)`);
    listed.add(canonical);
  }
  // A list that was emptied looks like one that was cut off: a policy without a list says so by naming none.
  if (listed.size === 0) throw invalid(file, "holds no address");
  const version = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { version, has: (address: string) => listed.has(address) };
}

function invalid(file: string, problem: string): AttestorError {
  return new AttestorError("config_invalid", { file, problems: [problem] });
}
