import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { type Child, type ChildPlan, childEnvironment } from "../../cli/up/children.ts";
import type { Household } from "../../cli/up/localNetwork.ts";
import { copyOfToken, type TokenCopy } from "../support/tornToken.ts";

/** The network's programs as processes that can be killed at any instant and started again as they were. */
export interface TorturedHousehold extends Household {
  readonly names: readonly string[];
  isUp(name: string): boolean;
  /** SIGKILL to the program alone: whatever it started has to notice. Resolves when it is gone. */
  kill(name: string): Promise<void>;
  revive(name: string): void;
  /** Stops a program in its tracks, or lets it go on. */
  freeze(name: string, frozen: boolean): void;
  /** How programs ended that nobody killed. */
  readonly crashes: readonly string[];
}

interface Member {
  readonly plan: ChildPlan;
  readonly token: TokenCopy;
  process: ChildProcess;
  killed: boolean;
}

/** @param lead says what a program's command is here; asked at its first start. */
export function createTorturedHousehold(
  lead: (command: ChildPlan["command"]) => ChildPlan["command"],
): TorturedHousehold {
  const members = new Map<string, Member>();
  const crashes: string[] = [];
  const killAll = () => {
    for (const { process: child } of members.values()) child.kill("SIGKILL");
  };
  process.once("exit", killAll);

  const launch = (plan: ChildPlan): ChildProcess => {
    const log = openSync(plan.logFile, "a", 0o600);
    const [program, ...words] = plan.command;
    const child = spawn(program, words, {
      env: childEnvironment(plan),
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child.once("exit", (code, signal) => {
      const member = members.get(plan.name);
      if (member?.process !== child || member.killed) return;
      if (member.token.mend()) member.process = launch(plan);
      else crashes.push(`${plan.name} ended by itself (${signal ?? code})`);
    });
    return child;
  };
  const memberOf = (name: string): Member => {
    const member = members.get(name);
    if (!member) throw new Error(`there is no program ${name}`);
    return member;
  };
  const hasEnded = ({ process: child }: Member) => child.exitCode !== null || child.signalCode !== null;
  const end = async (member: Member, signal: NodeJS.Signals) => {
    member.killed = true;
    if (hasEnded(member)) return;
    const gone = once(member.process, "exit");
    member.process.kill("SIGCONT");
    member.process.kill(signal);
    await gone;
  };

  return {
    crashes,
    get names() {
      return [...members.keys()];
    },
    start(asked): Child {
      const plan = { ...asked, command: lead(asked.command) };
      const token = copyOfToken(plan.environment?.SOFTHSM2_CONF);
      const member: Member = { plan, token, process: launch(plan), killed: false };
      members.set(plan.name, member);
      const ending = () => (hasEnded(member) ? `${member.process.signalCode ?? member.process.exitCode}` : undefined);
      const { name, essential, logFile } = plan;
      return { name, essential, logFile, logStart: 0, ending, stop: () => end(member, "SIGTERM") };
    },
    isUp: (name) => !hasEnded(memberOf(name)),
    kill: (name) => end(memberOf(name), "SIGKILL"),
    revive(name) {
      const member = memberOf(name);
      if (!hasEnded(member)) return;
      member.killed = false;
      member.token.mend();
      member.process = launch(member.plan);
    },
    freeze: (name, frozen) => void memberOf(name).process.kill(frozen ? "SIGSTOP" : "SIGCONT"),
    async stop() {
      const chains = [...members.values()].filter(({ plan }) => plan.name.startsWith("chain "));
      const services = [...members.values()].filter((member) => !chains.includes(member));
      await Promise.all(services.map((member) => end(member, "SIGTERM")));
      await Promise.all(chains.map((member) => end(member, "SIGKILL")));
      process.off("exit", killAll);
    },
  };
}
