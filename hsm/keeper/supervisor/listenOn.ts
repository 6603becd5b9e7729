import { chmodSync, lstatSync, rmSync } from "node:fs";
import { createConnection, type Server } from "node:net";
import { AttestorError, faultName } from "../../../shared/errors/index.ts";

/**
 * Listens where only this user and its group can connect. A socket that a killed supervisor left behind is replaced, and nothing
 * else that is there.
 *
 * @throws AttestorError `port_in_use` if somebody listens there, `config_invalid`.
 */
export async function listenOn(server: Server, path: string): Promise<void> {
  await removeLeftover(path);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    });
    chmodSync(path, 0o660);
  } catch (error) {
    throw notThere(path, faultName(error));
  }
}

/** @throws AttestorError `port_in_use` if it is served, `config_invalid` if something else is there, or nobody can tell. */
async function removeLeftover(path: string): Promise<void> {
  const lack = await whyNotServed(path);
  if (lack === undefined) throw new AttestorError("port_in_use", { address: path, setting: "socket" });
  if (lack === "ENOENT") return;
  if (lack !== "ECONNREFUSED") throw notThere(path, lack);
  if (!lstatSync(path).isSocket()) throw notThere(path, "there is a file that is no socket");
  rmSync(path);
}

function notThere(path: string, why: string): AttestorError {
  return new AttestorError("config_invalid", { file: path, problems: [`cannot be listened on (${why})`] });
}

/** What a connection to it meets; undefined if somebody listens there. */
function whyNotServed(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(undefined);
    });
    probe.once("error", (error) => resolve(faultName(error)));
  });
}
