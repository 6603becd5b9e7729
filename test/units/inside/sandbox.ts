import { readFileSync, readlinkSync } from "node:fs";
import { expectThat } from "./checks.ts";
import { attempt, configFolder, property, run, type ServiceName, services, stateOf, unitOf } from "./machine.ts";
import { processesOf } from "./service.ts";

/** Reads what the kernel says of each process of a unit. */
export function isShutIn(service: ServiceName): void {
  const { main, children } = processesOf(service);
  const uid = run("id", "-u", unitOf(service)).trim();
  for (const pid of [main, ...children]) {
    const status = new Map(
      readFileSync(`/proc/${pid}/status`, "utf8")
        .split("\n")
        .map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()] as const),
    );
    const says = (name: string, value: string) =>
      expectThat(status.get(name) === value, `${service} ${pid}: ${name} is ${status.get(name)}, not ${value}`);
    says("Uid", [uid, uid, uid, uid].join("\t"));
    says("NoNewPrivs", "1");
    says("Seccomp", "2");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) says(set, "0000000000000000");
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    expectThat(/^Max core file size\s+0\s+0\s/m.test(limits), `${service} ${pid} may leave a core file`);
    const isApart = (space: string) => readlinkSync(`/proc/${pid}/ns/${space}`) !== readlinkSync(`/proc/1/ns/${space}`);
    expectThat(isApart("mnt"), `${service} ${pid} sees the system's mounts`);
    expectThat(isApart("net") === (service === "keeper"), `${service} ${pid} is in the wrong network`);
    expectThat(isApart("user") === ["chain", "collector"].includes(service), `${service} ${pid}: wrong user namespace`);
  }
}

/** Tries from inside a service's mounts what it must not do: to read as its user, to write even as root. */
export function cannotReach(service: ServiceName): void {
  const credential = "/run/credentials/attestor-keeper.service/hsm-pin";
  const reads = (...command: string[]) => within(service, ...asUser(unitOf(service)), ...command);
  for (const other of services.filter((each) => each !== service)) {
    expectThat(!reads("ls", stateOf(other)), `the ${service} can look into ${stateOf(other)}`);
  }
  expectThat(reads("ls", stateOf(service)), `the ${service} cannot look into its own folder`);
  expectThat(!reads("cat", `${configFolder}/pin`), `the ${service} can read the PIN's file`);
  expectThat(reads("cat", credential) === (service === "keeper"), `the ${service} and the PIN's credential`);
  for (const folder of ["/etc", "/usr", "/var/lib", "/var/log", "/run", "/opt/hsm-attestor", configFolder]) {
    expectThat(!within(service, "touch", `${folder}/x`), `root can write into ${folder} from within the ${service}`);
  }
  const own = `${stateOf(service)}/x`;
  expectThat(within(service, "touch", own) && within(service, "rm", own), `nobody can write into ${stateOf(service)}`);
}

const asUser = (user: string) => ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];

function within(service: ServiceName, ...command: string[]): boolean {
  return attempt("nsenter", "--target", property(service, "MainPID"), "--mount", ...command).code === 0;
}

/** Largest exposure that systemd may see in a loaded unit, in tenths of 10. */
const largestExposure = (service: ServiceName) => (service === "keeper" ? 10 : 15);

export function looksShutInToSystemd(service: ServiceName): void {
  const threshold = `--threshold=${largestExposure(service)}`;
  const { code, printed } = attempt("systemd-analyze", "security", "--no-pager", threshold, unitOf(service));
  expectThat(code === 0, printed.trim().split("\n").at(-1) ?? "");
}
