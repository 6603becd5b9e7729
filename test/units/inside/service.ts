import { readFileSync } from "node:fs";
import { until } from "../../../cli/up/until.ts";
import { type Bridge, sendPacket } from "./bridge.ts";
import { expectThat } from "./checks.ts";
import { opsPorts } from "./configurations.ts";
import { property, run, type ServiceName, unitOf } from "./machine.ts";

/** Longest time until a service is ready again, in milliseconds: a keeper may be rebuilt only after 30 s. */
const deadline = 90_000;

/** Waits until every service says that it can do its work. */
export async function everythingReady(): Promise<void> {
  const isReady = async (port: number) => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  for (const [service, port] of Object.entries(opsPorts)) {
    expectThat(await until(() => isReady(port), deadline), `the ${service} is not ready: ${await reasons(port)}`);
  }
}

/** What a service says of itself. */
export async function reasons(port: number): Promise<string> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    (response) => response.text(),
    (error: unknown) => String(error),
  );
}

/** Sends a packet, and waits until the collector has its attestation: through every service and the token. */
export async function packetIsSigned(bridge: Bridge): Promise<void> {
  const sequence = await sendPacket(bridge);
  const [from, to] = bridge.sides;
  const url = `http://127.0.0.1:7080/v1/packets/${from.chainId}/${to.chainId}/${sequence}?deployment=main`;
  const isThere = async () => (await (await fetch(url)).text()).includes('"status":"quorum"');
  expectThat(await until(isThere, deadline), `packet ${sequence} was not attested`);
}

/** The processes of a unit: the one that systemd started, and its children. */
export function processesOf(service: ServiceName): { main: string; children: string[] } {
  const main = property(service, "MainPID");
  const children = readFileSync(`/proc/${main}/task/${main}/children`, "utf8").trim().split(" ").filter(Boolean);
  return { main, children };
}

/** Waits until the keepers' supervisor has another keeper than this one. */
export async function anotherKeeper(than: string): Promise<void> {
  const isThere = async () => {
    const [keeper] = processesOf("keeper").children;
    return keeper !== undefined && keeper !== than;
  };
  expectThat(await until(isThere, deadline), `keeper ${than} was not replaced`);
}

/** Stops a unit. @returns how long that took, in milliseconds. */
export function stop(service: ServiceName): number {
  const startedAt = Date.now();
  run("systemctl", "stop", unitOf(service));
  return Date.now() - startedAt;
}

export const start = (...services: ServiceName[]) => run("systemctl", "start", ...services.map(unitOf));
export const restart = (service: ServiceName) => run("systemctl", "restart", unitOf(service));
export const kill = (service: ServiceName, signal: string) => run("systemctl", "kill", "-s", signal, unitOf(service));
