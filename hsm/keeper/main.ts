/**
 * The keeper: the process that holds a token's keys open and signs typed values with them. It loads the vendor's
 * module, whose C calls can hang or crash, so it lives apart from the daemon and is ended by SIGKILL only: while a C
 * call hangs nothing else works.
 *
 * Descriptor 3 carries the protocol; descriptor 4 is the lifeline (see lifeline.ts); 5 to 7 go to a signer of sealed keys, if
 * one was started beside it. Started by startKeeper.
 */
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { faultName } from "../../shared/errors/index.ts";
import type { FaultNotice } from "../keystore.ts";
import { decodeAllowance } from "./allowance.ts";
import { createKeystore } from "./createKeystore.ts";
import { createKeyService } from "./keyService.ts";
import { writeLine } from "./lines.ts";
import { encodeNotice } from "./protocol.ts";
import { serve } from "./serve.ts";
import { letSigningThreadsGiveWay } from "./signingThreads.ts";

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

process.on("uncaughtException", (error) => {
  process.stderr.write(`the keeper cannot go on: ${faultName(error)}\n`, die);
});

// a terminal's Ctrl-C and a service manager's SIGTERM reach the daemon too, which first finishes what it has begun
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

await letSigningThreadsGiveWay();

new Worker(new URL("./lifeline.ts", import.meta.url), {
  resourceLimits: { maxOldGenerationSizeMb: 16, stackSizeMb: 1 },
}).on("error", die);

const connection = new Socket({ fd: 3 });
const notice = (fault: FaultNotice) => writeLine(connection, encodeNotice(fault));
const allowance = process.argv.includes("--restricted") ? decodeAllowance(readFileSync(0, "utf8")) : undefined;
const environment = process.env;
const signer = process.argv.includes("--sealed") && (await openPipesToSigner());
const service = createKeyService({
  createKeystore: (options) => createKeystore({ ...options, notice }, environment),
  ...(allowance && { allowance }),
  ...(signer && {
    sealed: {
      open: (plans, stateFolder) => signer.open({ plans, stateFolder, environment }),
      release: signer.release,
    },
  }),
});
serve(connection, service, die);

/** Loads what it takes only where it is needed: a keeper of KMS keys has no vendor's module to load. */
async function openPipesToSigner() {
  const { sealedKeysOver } = await import("../sealed/sealedKeys.ts");
  return sealedKeysOver({ seeds: 5, requests: 6, answers: 7 }, die);
}
