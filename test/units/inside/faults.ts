import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../../cli/up/until.ts";
import { expectThat } from "./checks.ts";
import { opsPorts, providerSecret } from "./configurations.ts";
import { configFolder, property, run, type ServiceName, services, unitOf } from "./machine.ts";
import { officerPin, pin, pki, wrongPin } from "./provision.ts";
import { anotherKeeper, everythingReady, kill, processesOf, reasons, restart, start, stop } from "./service.ts";

/** TimeoutStopSec= of the units, in milliseconds: systemd kills what takes longer. */
const stopDeadline = 20_000;

export async function comesBackAfterKill(service: ServiceName): Promise<void> {
  const { main } = processesOf(service);
  kill(service, "KILL");
  const isBack = async () => ![main, "0"].includes(property(service, "MainPID"));
  expectThat(await until(isBack, 20_000), `the ${service} was not started again`);
  await everythingReady();
}

/** A keeper that does not answer is replaced as soon as something is asked of it. */
export async function stoppedKeeperIsReplaced(askSomething: () => Promise<void>): Promise<void> {
  const [keeper = ""] = processesOf("keeper").children;
  process.kill(Number(keeper), "SIGSTOP");
  await askSomething();
  await anotherKeeper(keeper);
}

/** systemd wakes a supervisor that was stopped in order to end it. */
export async function stoppedSupervisorEnds(): Promise<void> {
  kill("keeper", "STOP");
  stopsInTime("keeper");
  start("keeper");
  await everythingReady();
}

/** A wrong PIN costs one login, whatever is started again; the right one helps once the unit has been given it. */
export async function wrongPinIsTriedOnce(): Promise<void> {
  const file = `${configFolder}/pin`;
  const put = (text: string) => writeFileSync(file, `${text}\n`);
  const says = async (words: string) =>
    expectThat(
      await until(async () => (await reasons(opsPorts.signer)).includes(words), 60_000),
      `the signer does not say "${words}": ${await reasons(opsPorts.signer)}`,
    );
  put(wrongPin);
  try {
    restart("keeper");
    await says("rejected the PIN");
    restart("keeper");
    await says("rejected this PIN earlier");
  } finally {
    put(pin);
  }
  restart("keeper");
  await everythingReady();
}

/** A signer that finds no keeper ends and is started again until there is one. */
export async function signerWaitsForKeeper(): Promise<void> {
  for (const service of ["chain", "signer", "keeper"] as const) stop(service);
  run("systemctl", "start", "--job-mode=ignore-dependencies", unitOf("signer"));
  await pause(10_000);
  expectThat(Number(property("signer", "NRestarts")) > 0, "the signer did not end");
  expectThat(property("signer", "Result") !== "start-limit-hit", "systemd gave the signer up");
  start("keeper", "chain");
  await everythingReady();
}

export function stopsInTime(service: ServiceName): void {
  const took = stop(service);
  expectThat(took < stopDeadline / 2, `the ${service} took ${took} ms to stop`);
  expectThat(property(service, "Result") === "success", `the ${service} ended by ${property(service, "Result")}`);
}

/** Stops all and starts all by one command, as an operator may. */
export async function restartsAsAWhole(): Promise<void> {
  for (const service of services) stopsInTime(service);
  start(...services);
  await everythingReady();
}

/** Everything that every service has written until now. */
export function journalHasNoSecrets(): void {
  const journal = run("journalctl", "--no-pager", "--output=verbose");
  for (const service of services) expectThat(journal.includes(`"service":"${service}"`), `no line by the ${service}`);
  const keyLines = readFileSync(path.join(pki, "signer.key"), "utf8")
    .split("\n")
    .filter((line) => !line.startsWith("-----"));
  for (const secret of [pin, officerPin, wrongPin, providerSecret, ...keyLines.filter(Boolean)]) {
    expectThat(!journal.includes(secret), "a secret is in the journal");
  }
}
