import { dirname } from "node:path";

/** Debian and Fedora keep the server's programs out of PATH, in a folder for each major version. */
const folders = ["/usr/lib/postgresql/", "/usr/pgsql-"];
const majorVersions = [19, 18, 17, 16, 15, 14, 13];

/**
 * @param {Pick<import("./find.mjs").Machine, "program" | "exists">} machine
 * @returns {string | undefined} the folder of PostgreSQL's server programs, of the newest version where there are several
 */
export function findPostgresPrograms({ program, exists }) {
  const candidates = majorVersions.flatMap((version) => folders.map((folder) => `${folder}${version}/bin`));
  const found = candidates.find((folder) => exists(`${folder}/initdb`) && exists(`${folder}/postgres`));
  if (found) return found;
  const initdb = program("initdb");
  return initdb && program("postgres") ? dirname(initdb) : undefined;
}
