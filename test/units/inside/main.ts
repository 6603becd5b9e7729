import { findBridge } from "./bridge.ts";
import { check, failed } from "./checks.ts";
import {
  comesBackAfterKill,
  journalHasNoSecrets,
  restartsAsAWhole,
  signerWaitsForKeeper,
  stoppedKeeperIsReplaced,
  stoppedSupervisorEnds,
  wrongPinIsTriedOnce,
} from "./faults.ts";
import { run, services, unitOf } from "./machine.ts";
import { provision } from "./provision.ts";
import { cannotReach, isShutIn, looksShutInToSystemd } from "./sandbox.ts";
import { everythingReady, packetIsSigned } from "./service.ts";

/** What is done in the booted machine: after its first boot, and after another one. */
const phases: Record<string, () => Promise<void>> = { first, rebooted };

async function first(): Promise<void> {
  const bridge = await provision();
  run("systemctl", "enable", "--now", ...services.map(unitOf));
  await check("every service is ready", everythingReady);
  const signs = () => packetIsSigned(bridge);
  await check("a packet is signed by the token's key, through every service", signs);
  for (const service of services) {
    await check(`${service}: its processes are shut in, says the kernel`, () => isShutIn(service));
    await check(`${service}: reads no secret and writes nothing but its own`, () => cannotReach(service));
    await check(`${service}: is shut in, says systemd`, () => looksShutInToSystemd(service));
  }
  for (const service of services) await check(`${service}: comes back after a kill`, () => comesBackAfterKill(service));
  await check("and signs", signs);
  await check("a keeper that hangs is replaced, and what was asked is signed", () => stoppedKeeperIsReplaced(signs));
  await check("a supervisor that was stopped ends in time", stoppedSupervisorEnds);
  await check("a wrong PIN is tried once, over restarts too", wrongPinIsTriedOnce);
  await check("a signer that starts before its keeper waits for it", signerWaitsForKeeper);
  await check("every service stops in time and starts again", restartsAsAWhole);
  await check("and signs", signs);
  await check("the journal has no secret", journalHasNoSecrets);
}

async function rebooted(): Promise<void> {
  await check("after a reboot every service is ready", everythingReady);
  const bridge = await findBridge();
  await check("and signs", () => packetIsSigned(bridge));
}

const [phase = ""] = process.argv.slice(2);
await phases[phase]?.();
process.exit(failed() === 0 && phase in phases ? 0 : 1);
