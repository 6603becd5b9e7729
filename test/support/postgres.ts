import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { PostgresSettings } from "../../collector/store/index.ts";
import { load } from "../scripts/load.ts";

interface Machine {
  readonly program: (name: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}
const { thisMachine } = await load<{ thisMachine: Machine }>("setup/find.mjs");
const { findPostgresPrograms } = await load<{ findPostgresPrograms: (machine: Machine) => string | undefined }>(
  "setup/postgresql.mjs",
);

const startDeadline = 60_000;

/** A real PostgreSQL server of the tests' own, reached over a Unix socket only. */
export interface Postgres {
  /** Settings of a database that is made new for the caller, with its own name. */
  newDatabase(): Promise<PostgresSettings>;
  dropDatabase(settings: PostgresSettings): Promise<void>;
  /** Ends the server as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server. It refuses to run as root: then it runs as a user without rights. */
export async function startPostgres(): Promise<Postgres> {
  const programs = findPostgresPrograms(thisMachine);
  if (!programs) throw new Error("PostgreSQL is not here; `npm test` installs it");
  // The path of a Unix socket is short.
  const folder = mkdtempSync("/tmp/hsm-attestor-pg-");
  const owner = unprivileged();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = path.join(folder, "data");
  const initdb = ["-D", data, "-U", "attestor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
  execFileSync(path.join(programs, "initdb"), initdb, { ...owner, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });

  let server: ChildProcess | undefined;
  let count = 0;
  const settings = (database: string): PostgresSettings => ({
    host: folder,
    port: 5432,
    database,
    user: "attestor",
    password: undefined,
    authority: undefined,
    connections: 6,
  });
  const killAtExit = () => void server?.kill("SIGKILL");
  process.once("exit", killAtExit);

  async function asAdministrator(statement: string): Promise<void> {
    const client = new pg.Client({ ...settings("postgres"), password: undefined });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** A server that was killed leaves processes that hold its memory for a moment: until they are gone, the next one refuses. */
  async function start(): Promise<void> {
    const deadline = performance.now() + startDeadline;
    for (;;) {
      const complaint = await tryToStart(deadline);
      if (complaint === undefined) return;
      const isHeld = complaint.includes("pre-existing shared memory block");
      if (!isHeld || performance.now() > deadline) throw new Error(`PostgreSQL does not answer: ${complaint}`);
      await pause(50);
    }
  }

  /** @returns undefined once it answers, or what it says instead. */
  async function tryToStart(deadline: number): Promise<string | undefined> {
    const complaint: string[] = [];
    const words = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=60"];
    const child = spawn(path.join(programs ?? "", "postgres"), words, {
      ...owner,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = child;
    child.stderr?.on("data", (chunk: Buffer) => complaint.push(chunk.toString()));
    while (performance.now() < deadline) {
      if (child.exitCode !== null) break;
      if (
        await asAdministrator("SELECT 1").then(
          () => true,
          () => false,
        )
      )
        return undefined;
      await pause(50);
    }
    return complaint.join("").slice(-2_000);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = server;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  await start();
  return {
    async newDatabase() {
      count += 1;
      const name = `collector_${process.pid}_${count}`;
      await asAdministrator(`CREATE DATABASE ${name}`);
      return settings(name);
    },
    dropDatabase: ({ database }) => asAdministrator(`DROP DATABASE ${database} WITH (FORCE)`),
    kill: () => end("SIGKILL"),
    start,
    async close() {
      process.off("exit", killAtExit);
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}
