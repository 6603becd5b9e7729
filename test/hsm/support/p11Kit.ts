import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { formatKeyUri, type KeySpec, parseKeyUri } from "../../../hsm/index.ts";
import { load } from "../../scripts/load.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { until } from "./until.ts";

/** A p11-kit server over a test's SoftHSM: each client process gets a process of its own that loads SoftHSM. */
export interface P11KitServer {
  /** To be merged into the environment of whatever uses the token. */
  readonly env: { readonly P11_KIT_SERVER_ADDRESS: string };
  /** The key as reached through the server, which does not pass every attribute on. */
  through(spec: KeySpec): KeySpec;
  /** The processes that hold the token open for clients. */
  remotes(): number[];
  stop(): void;
}

export async function startP11KitServer(hsm: SoftHsm): Promise<P11KitServer> {
  const module = await clientModule();
  const socket = path.join(mkdtempSync(path.join(hsm.folder, "p11-kit-")), "socket");
  const server = spawn(
    "p11-kit",
    ["server", "--foreground", "--provider", hsm.module, "--name", socket, `pkcs11:token=${hsm.token}`],
    { env: { ...process.env, ...hsm.env }, stdio: "ignore" },
  );
  await until("the p11-kit server", () => existsSync(socket));
  return {
    env: { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` },
    through: (spec) => ({ ...spec, uri: formatKeyUri({ ...parseKeyUri(spec.uri), module, vendor: "generic" }) }),
    remotes: () => childrenOf(server),
    stop() {
      for (const pid of childrenOf(server)) process.kill(pid, "SIGKILL");
      server.kill("SIGKILL");
    },
  };
}

async function clientModule(): Promise<string> {
  const { findP11KitClient } = await load<{ findP11KitClient(machine: unknown): string | undefined }>(
    "setup/p11kit.mjs",
  );
  const { thisMachine } = await load<{ thisMachine: unknown }>("setup/find.mjs");
  const module = findP11KitClient(thisMachine);
  if (module === undefined) throw new Error("p11-kit's client module is not installed");
  return module;
}

function childrenOf({ pid }: ChildProcess): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}
