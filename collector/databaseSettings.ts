import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { filePath, type ResolvePath, Secret } from "../shared/config/index.ts";
import { AttestorError, faultText } from "../shared/errors/index.ts";
import { integer } from "../shared/schema/index.ts";
import { openPostgresStore, openSqliteStore, type Store } from "./store/index.ts";

const word = z.string({ error: "must be a string" }).min(1, { error: "must not be empty" });

/** A SQLite file, or a PostgreSQL database that several collectors may share. */
export function databaseSettings(resolvePath: ResolvePath) {
  const file = filePath(resolvePath);
  const postgresql = z.strictObject({
    host: word,
    port: integer(1, 65_535).default(5_432),
    database: word,
    user: word,
    passwordFile: file.optional(),
    authority: file.optional(),
    connections: integer(2, 100).default(10),
  });
  return z.union([file, z.strictObject({ postgresql })], {
    error: "must be the path of a SQLite file, or postgresql: with host, database and user",
  });
}

export type DatabaseSettings = z.output<ReturnType<typeof databaseSettings>>;

/**
 * Opens the store that the configuration names.
 *
 * @throws AttestorError `config_invalid` for a file that cannot be read, `database_in_use`, `database_unusable`, `failed`
 * if a PostgreSQL server does not answer.
 */
export async function openStore(configFile: string, database: DatabaseSettings): Promise<Store> {
  if (typeof database === "string") return openSqliteStore(database);
  const { passwordFile, authority, ...settings } = database.postgresql;
  const read = (name: string, file: string | undefined) =>
    file === undefined ? undefined : readSecretFile(configFile, `database.postgresql.${name}`, file);
  const password = read("passwordFile", passwordFile)?.replace(/\r?\n$/, "");
  return openPostgresStore({
    ...settings,
    password: password === undefined ? undefined : new Secret(password),
    authority: read("authority", authority),
  });
}

function readSecretFile(configFile: string, setting: string, file: string): string {
  const wrong = (reason: string) =>
    new AttestorError("config_invalid", { file: configFile, problems: [`${setting}: ${file} ${reason}`] });
  try {
    const othersMayRead = (statSync(file).mode & 0o077) !== 0;
    if (othersMayRead && setting.endsWith("passwordFile")) throw wrong(`can be read by others; chmod 600 ${file}`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof AttestorError) throw error;
    throw wrong(`cannot be read (${faultText(error)})`);
  }
}
