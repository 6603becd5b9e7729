import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { digestScheme, type HashText } from "../../../../shared/digest/index.ts";
import { AttestorError } from "../../../../shared/errors/index.ts";
import type { AttestationRequest } from "../../../../shared/wire/index.ts";
import { byFile } from "../../../../signer/gate/pause/pauses.ts";
import { addresses, sampleRequest } from "../../samples.ts";
import { pinNamed, sampleOperator } from "../bench.ts";
import { type Action, reachable } from "./actions.ts";
import { createGateWorld, type GateWorld, type Sabotage } from "./gateWorld.ts";
import { deniedReceiver, type Knobs, loosens } from "./knobs.ts";
import { type Content, Oracle } from "./oracle.ts";

type Of<K extends Action["kind"]> = Extract<Action, { kind: K }>;

/** What came of a history: every violation of a rule, and how much left the signer. */
export interface HistoryReport {
  readonly violations: readonly string[];
  readonly approved: number;
  readonly held: number;
}

/** Does one thing after another to a signer and has the oracle judge each. */
export async function runHistory(
  first: Knobs,
  actions: readonly Action[],
  sabotage: Sabotage = {},
): Promise<HistoryReport> {
  const world = await createGateWorld(first, sabotage);
  try {
    const history = new History(world, new Oracle(first));
    for (const action of actions) await history.do(action);
    const { approved, held, oracle } = history;
    return { violations: oracle.violations, approved, held };
  } finally {
    world.close();
  }
}

type Asking = Omit<Of<"ask">, "kind" | "clients">;

class History {
  readonly world: GateWorld;
  readonly oracle: Oracle;
  approved = 0;
  held = 0;
  /** By digest, who asked last for what. */
  readonly #askedLast = new Map<string, [client: string, asking: Asking]>();

  constructor(world: GateWorld, oracle: Oracle) {
    this.world = world;
    this.oracle = oracle;
  }

  async do(action: Action): Promise<void> {
    const { world, oracle } = this;
    switch (action.kind) {
      case "ask":
        for (const client of action.clients) await this.#ask(client, action);
        return;
      case "release":
        return this.#release(action);
      case "drop":
        return this.#drop(action);
      case "pause":
        return this.#pause(action);
      case "resume":
        return this.#resume(action);
      case "reload":
        return this.#reload(action);
      case "acknowledge":
        return this.#acknowledge(action);
      case "clear":
        this.#putFile(false);
        await this.#acknowledge(action);
        for (const pause of [0, 0, 0, 0]) await this.#resume({ kind: "resume", pause, signers: action.signers });
        return;
      case "pause file":
        return this.#putFile(action.there);
      case "wait":
        world.pass(action.minutes * 60_000);
        oracle.time.pass(action.minutes * 60_000);
        return;
      case "set clock":
        world.set(action.minutes * 60_000);
        oracle.time.set(action.minutes * 60_000);
        return;
      case "restart":
        await world.restart();
        return this.#looked();
      case "reboot":
        oracle.time.rebooted();
        await world.reboot();
        return this.#looked();
    }
  }

  async #ask(client: string, { sequence, variant, keeperFails, dryRun }: Asking): Promise<void> {
    const { world, oracle } = this;
    const request = requestFor(sequence, variant);
    if (keeperFails) {
      world.keeper.misbehave(() => {
        throw new AttestorError("keeper_unavailable", { reason: "a test says so" });
      });
    }
    const before = world.keeper.digests.length;
    if (dryRun) {
      await world.rehearse(client, request);
      if (world.keeper.digests.length > before) oracle.violations.push("a dry run used the key");
      world.keeper.misbehave(undefined);
      return;
    }
    const answer = await world.ask(client, request);
    world.keeper.misbehave(undefined);
    const signed = world.keeper.digests.slice(before);
    const content = contentOf(request);
    this.#askedLast.set(content.digest, [client, { sequence, variant, keeperFails: false, dryRun: false }]);
    if (answer instanceof AttestorError) {
      oracle.asked({ client, content, outcome: "refused", rule: undefined, signed, attestation: undefined });
      return;
    }
    const { outcome, rule } = answer;
    const attestation = "attestation" in answer ? answer.attestation : undefined;
    oracle.asked({ client, content, outcome, rule, signed, attestation });
    if (outcome === "approved") this.approved += 1;
    if (outcome === "held") {
      this.held += 1;
      this.#noticedFile();
    }
  }

  async #release({ operators, hold, otherDigest, askAgain }: Of<"release">): Promise<void> {
    const { world, oracle } = this;
    const { holds } = world.desk.holds(0);
    const chosen = holds[hold % Math.max(1, holds.length)];
    const other = holds.find(({ digest }) => digest !== chosen?.digest);
    if (!chosen || (otherDigest && !other)) return;
    const digest = otherDigest && other ? other.digest : chosen.digest;
    for (const name of operators) {
      const done = await succeeds(() =>
        world.desk.release({ operator: sampleOperator(name), pin: pinNamed(name), id: Number(chosen.id), digest }),
      );
      if (!done) continue;
      oracle.time.look(true);
      if (otherDigest) oracle.violations.push("a hold was released for another digest");
      oracle.approvedHold(name, chosen.digest as HashText, chosen.reason);
    }
    const last = this.#askedLast.get(chosen.digest);
    if (askAgain && last) await this.#ask(...last);
  }

  async #drop({ operator, hold }: Of<"drop">): Promise<void> {
    const { holds } = this.world.desk.holds(0);
    const chosen = holds[hold % Math.max(1, holds.length)];
    if (!chosen) return;
    const { id, digest, reason } = chosen;
    const done = await succeeds(() =>
      this.world.desk.drop({ operator: sampleOperator(operator), pin: pinNamed(operator), id: Number(id), digest }),
    );
    if (done) this.oracle.droppedHold(operator, digest as HashText, reason);
  }

  async #pause({ operator, everything }: Of<"pause">): Promise<void> {
    const route = everything ? undefined : "one-to-two";
    const paused = await outcomeOf(() => this.world.desk.pause(sampleOperator(operator), route, "test"));
    if (paused) this.oracle.pauses.add(paused.id);
  }

  #putFile(there: boolean): void {
    const file = path.join(this.world.folder, "paused");
    if (there) writeFileSync(file, "");
    else rmSync(file, { force: true });
    this.oracle.fileIsThere = there;
  }

  async #resume({ signers, pause }: Of<"resume">): Promise<void> {
    const { world, oracle } = this;
    const { pauses } = await world.desk.pauses();
    this.#looked();
    const chosen = pauses[pause % Math.max(1, pauses.length)];
    if (!chosen) return;
    const approval = world.approval("resume", chosen.object, signers);
    if (!(await succeeds(() => world.desk.resume(Number(chosen.id), approval)))) return;
    oracle.didWithSignatures("the end of a pause", signers, 2);
    if (oracle.fileIsThere) oracle.violations.push("a pause ended while the file is there");
    oracle.pauses.delete(chosen.by === byFile ? "file" : chosen.id);
  }

  async #reload({ change, signers }: Of<"reload">): Promise<void> {
    const { world, oracle } = this;
    const next = reachable({ ...oracle.knobs, ...change });
    if (!(await succeeds(() => world.reload(next, signers)))) return;
    oracle.didWithSignatures("a policy", signers, loosens(oracle.knobs, next) ? 2 : 1);
    oracle.knobs = next;
  }

  async #acknowledge({ signers }: Of<"acknowledge" | "clear">): Promise<void> {
    const { world, oracle } = this;
    const { jump } = await world.desk.clock();
    this.#looked();
    if (!jump) return;
    const approval = world.approval("acknowledge-clock", jump.object, signers);
    if (!(await succeeds(() => world.desk.acknowledgeClock(approval)))) return;
    oracle.didWithSignatures("the word that the clock is right", signers, 2);
    oracle.time.acknowledged();
  }

  /** The signer looked at its clock and its state folder. */
  #looked(): void {
    this.oracle.time.look(false);
    this.#noticedFile();
  }

  /** A file that was seen pauses until operators say otherwise, also when it is gone. */
  #noticedFile(): void {
    if (this.oracle.fileIsThere) this.oracle.pauses.add("file");
  }
}

async function outcomeOf<T>(doing: () => Promise<T>): Promise<T | undefined> {
  try {
    return await doing();
  } catch (error) {
    if (error instanceof AttestorError) return undefined;
    throw error;
  }
}

async function succeeds(doing: () => Promise<unknown>): Promise<boolean> {
  return (await outcomeOf(async () => [await doing()])) !== undefined;
}

/** The usual amount of a packet grows with its sequence, so that every limit is met by some. */
function requestFor(sequence: number, variant: Of<"ask">["variant"]): AttestationRequest {
  const amount = BigInt(variant === "larger" ? sequence + 7 : sequence);
  const receiverAddress = variant === "denied receiver" ? deniedReceiver : addresses.receiver;
  const verdict = variant === "flagged" ? "flagged" : "white";
  return sampleRequest({ sequence: BigInt(sequence), message: { amount, receiverAddress } }, verdict);
}

function contentOf({ packet, verdict }: AttestationRequest): Content {
  const { packetHash, digest } = digestScheme("verulink-evm").digestOf(packet, verdict.result);
  return {
    sequence: Number(packet.sequence),
    amount: Number(packet.message.amount),
    white: verdict.result === "white",
    receiver: packet.message.receiverAddress,
    packetHash,
    digest,
  };
}
