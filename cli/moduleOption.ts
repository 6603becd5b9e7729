import path from "node:path";
import { findSoftHsmModule } from "../hsm/provisioning/index.ts";
import type { Arguments } from "./command.ts";

/**
 * The value of `--module` as an absolute path, which is what a key's URI takes; SoftHSM's module where it is not given.
 *
 * @throws AttestorError `module_unusable` if it is not given and there is no SoftHSM.
 */
export function moduleOption(args: Arguments): string {
  const named = args.text("module");
  return named === undefined ? findSoftHsmModule() : path.resolve(named);
}
