import { readFileSync, statSync } from "node:fs";
import type { Clock } from "../../shared/clock/index.ts";
import { faultName } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { parseList, type ScreeningList } from "./parseList.ts";
import type { ScreeningSource } from "./screening.ts";

type Loaded = ScreeningList | { readonly broken: string };

/**
 * Screens by a file, which is read anew whenever it has changed. A whole list takes the place of a whole list; while the
 * file is missing or broken the answer is "can't tell", not the old list's.
 *
 * @param name what the list is called in verdicts.
 */
export function createFileScreening(
  { name, file }: { readonly name: string; readonly file: string },
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ScreeningSource {
  let readAs: string | undefined;
  let loaded: Loaded = { broken: "it has not been read" };

  function current(): Loaded {
    const stamp = stampOf(file);
    if (stamp === readAs) return loaded;
    readAs = stamp;
    loaded = read(file);
    if ("broken" in loaded) logger.error({ list: name, reason: loaded.broken }, "the screening list can't be used");
    else logger.info({ list: name, version: loaded.version, sha256: loaded.hash }, "read the screening list");
    return loaded;
  }

  const cannotTell = (broken: string) => `the screening list ${name} can't be used: ${broken}`;
  return {
    name,
    async screen(addresses) {
      const list = current();
      if ("broken" in list) return { cannotTell: cannotTell(list.broken) };
      const result = addresses.some((address) => list.has(address)) ? "flagged" : "white";
      return { result, source: name, version: list.version, hash: list.hash };
    },
    state() {
      const list = current();
      const ageMs = Math.max(0, clock.now() - writtenAt(file));
      return "broken" in list
        ? { name, version: undefined, reason: cannotTell(list.broken), ageMs }
        : { name, version: list.version, reason: undefined, ageMs };
    },
  };
}

/** Changes whenever the file does: replaced (inode), rewritten (times, size) or gone. */
function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return faultName(error);
  }
}

/** When the file was last written, milliseconds since 1970; 0 where it is gone. */
function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function read(file: string): Loaded {
  try {
    return parseList(file, readFileSync(file));
  } catch (error) {
    return { broken: `it cannot be read (${faultName(error)})` };
  }
}
