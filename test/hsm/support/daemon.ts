/**
 * A daemon as small as one can be: starts a keeper for the key specs in its argument, asks it for one attestation when
 * it is written to, and stays up. Its log goes to standard output.
 */
import { z } from "zod";
import { startKeeper } from "../../../hsm/index.ts";
import { anyKeySpecSchema } from "../../../hsm/keeper/keySpec.ts";
import { parseJson } from "../../../shared/json/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { packetToAleo, vector } from "./packets.ts";

const schema = z.object({ keys: z.array(anyKeySpecSchema), stateFolder: z.string(), socket: z.string().optional() });
const { keys, stateFolder, socket } = schema.parse(parseJson(process.argv[2] ?? ""));
const logger = createLogger({ service: "daemon", level: "debug" });
const places = { stateFolder, ...(socket && { socket }) };
const keeper = await startKeeper({ keys, ...places, sessions: 1, callDeadlineMs: 600_000, logger });
logger.info("ready");
process.stdin.once("data", async () => {
  const packet = keys[0] && "custody" in keys[0] ? packetToAleo : vector.packet;
  await keeper.attest({ key: keys[0]?.name ?? "", packet, verdict: "white" });
  logger.info("signed");
});
