import { readFileSync, statSync } from "node:fs";
import { faultName } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { parseList, type ScreeningList } from "./parseList.ts";
import type { Screening } from "./screening.ts";

type Loaded = ScreeningList | { readonly broken: string };

/**
 * Screens by a file, which is read anew whenever it has changed. A whole list takes the place of a whole list; while the
 * file is missing or broken the answer is "can't tell", not the old list's.
 *
 * @param name what the list is called in verdicts.
 */
export function createFileScreening(name: string, file: string, logger: Logger): Screening {
  let readAs: string | undefined;
  let loaded: Loaded = { broken: "it has not been read" };

  function current(): Loaded {
    const stamp = stampOf(file);
    if (stamp === readAs) return loaded;
    readAs = stamp;
    loaded = read(file);
    if ("broken" in loaded) logger.error({ list: name, reason: loaded.broken }, "the screening list can't be used");
    else logger.info({ list: name, version: loaded.version }, "read the screening list");
    return loaded;
  }

  const cannotTell = (broken: string) => ({ cannotTell: `the screening list ${name} can't be used: ${broken}` });
  return {
    name,
    async screen(addresses) {
      const list = current();
      if ("broken" in list) return cannotTell(list.broken);
      const result = addresses.some((address) => list.has(address)) ? "flagged" : "white";
      return { result, source: name, version: list.version };
    },
    state() {
      const list = current();
      return "broken" in list ? cannotTell(list.broken) : { version: list.version };
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

function read(file: string): Loaded {
  try {
    return parseList(file, readFileSync(file));
  } catch (error) {
    return { broken: `it cannot be read (${faultName(error)})` };
  }
}
