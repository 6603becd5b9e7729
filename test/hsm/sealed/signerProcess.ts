import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isAlive, until } from "../support/until.ts";

/** A process that signs with sealed keys, as the system sees it. */
export interface SignerProcess {
  readonly pid: number;
  /** What each descriptor is open to: `pipe:[1]`, `/dev/null`. */
  descriptors(): string[];
  read(file: "cmdline" | "environ" | "status" | "limits" | "net/dev"): string;
}

/** The signer that a process started beside its keeper. */
export async function signerBeside(starter: number): Promise<SignerProcess> {
  const pid = await until("the signer of sealed keys", () => signersOf(starter)[0]);
  const at = (file: string) => `/proc/${pid}/${file}`;
  return {
    pid,
    descriptors: () => readdirSync(at("fd")).flatMap((name) => linkAt(at(`fd/${name}`))),
    read: (file) => readFileSync(at(file), "utf8"),
  };
}

/** Ids of the signers among a process's children. */
export function signersOf(starter: number): number[] {
  return childrenOf(starter).filter(isSigner);
}

function isSigner(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("hsm/sealed/main.ts") && isAlive(pid);
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      return new RegExp(`^PPid:\\s*${pid}$`, "m").test(status) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function linkAt(file: string): string[] {
  try {
    return [readlinkSync(file)];
  } catch {
    return []; // closed meanwhile
  }
}
