import { rmSync } from "node:fs";
import path from "node:path";
import { SigningKey, Wallet } from "ethers";
import { type Board, chainSubject, createBoard } from "../../../chain/board.ts";
import type { ChainConfig } from "../../../chain/config.ts";
import { createChainMetrics } from "../../../chain/metrics.ts";
import { markDue } from "../../../chain/pipeline/due.ts";
import { finalize } from "../../../chain/pipeline/finalize.ts";
import { findRequested } from "../../../chain/pipeline/findRequested.ts";
import { observe } from "../../../chain/pipeline/observe.ts";
import type { RouteContext } from "../../../chain/pipeline/routeContext.ts";
import { screen } from "../../../chain/pipeline/screen.ts";
import { sign } from "../../../chain/pipeline/sign.ts";
import { keyOf, type Route } from "../../../chain/route.ts";
import type { Screening } from "../../../chain/screening/index.ts";
import type { SignerAnswer, SignerClient } from "../../../chain/signerClient/index.ts";
import { openStore, type Store } from "../../../chain/store/index.ts";
import { digestScheme, type Hex, type VerdictResult } from "../../../shared/digest/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import type { Attestation, AttestationRequest } from "../../../shared/wire/index.ts";
import { attestorKey } from "../support/peers.ts";
import { createModelChain, type ModelChain } from "./modelChain.ts";

/** The steps under test; a mutant replaces one of them. */
export const realSteps = { observe, finalize, markDue, findRequested, screen, sign };
export type Steps = typeof realSteps;
export const steps = Object.keys(realSteps) as (keyof Steps)[];

/** What may happen next, in any order. */
export type Event =
  | { readonly kind: "mine"; readonly packets: number; readonly seconds: number }
  | { readonly kind: "finalize"; readonly blocks: number }
  | { readonly kind: "reorganise"; readonly blocks: number }
  | { readonly kind: "clock"; readonly seconds: number }
  | { readonly kind: "step"; readonly step: keyof Steps }
  | { readonly kind: "round" }
  | { readonly kind: "screening"; readonly answers: VerdictResult | "cannot tell" }
  | { readonly kind: "signer"; readonly answers: "approve" | "hold" | "fail" | "deny" }
  | { readonly kind: "tamper"; readonly field: "amount" | "nothing" }
  | { readonly kind: "request"; readonly sequence: number }
  | { readonly kind: "retry" }
  | { readonly kind: "crash"; readonly afterCalls: number };

/** Times that packets have to wait, in seconds. */
export const waits = [0, 3_600] as const;
const hour = 3_600;
class Crash extends Error {}

/**
 * A route with its real store and its real steps, over a chain, a signer, a screening and a clock that the walk moves. What
 * reaches the signer is held against the chain itself at that very moment.
 */
export class Walk {
  /** What must not have happened, as it happened. */
  readonly violations: string[] = [];
  /** Sequences that were signed. */
  readonly signed = new Set<bigint>();
  readonly chain: ModelChain = createModelChain();
  /** Whether the chain ever showed final packets otherwise: the only reason to stop. */
  wasTampered = false;
  readonly #steps: Steps;
  readonly #file: string;
  readonly #waitSeconds: number;
  #store: Store;
  #context: RouteContext;
  #now = 1_800_000_000;
  /** The latest time that both clocks had passed together. */
  #passed = 0;
  #screening: VerdictResult | "cannot tell" = "white";
  #signer: "approve" | "hold" | "fail" | "deny" = "approve";
  readonly #verdicts = new Map<string, VerdictResult>();
  /** Sequences that were read again since the present step began, without a difference. */
  readonly #readAgain = new Set<bigint>();
  #callsLeft = Number.POSITIVE_INFINITY;

  constructor(folder: string, steps: Steps, waitSeconds: number) {
    this.#steps = steps;
    this.#waitSeconds = waitSeconds;
    this.#file = path.join(folder, "walk.sqlite");
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${this.#file}${ending}`, { force: true });
    this.chain.startAt(this.#now - 60);
    this.#store = this.#open();
    this.#context = this.#newContext();
  }

  close(): void {
    this.#store.close();
  }

  states(): Map<bigint, string> {
    const packets = this.#store.work.list({ limit: 1_000 });
    return new Map(packets.map(({ sighting, state }) => [sighting.sequence, state]));
  }

  isStopped(): boolean {
    const { store, key, board } = this.#context;
    return store.routes.stopReason(key) !== undefined || "stopped" in board.of(chainSubject("source"));
  }

  async take(event: Event): Promise<void> {
    switch (event.kind) {
      case "mine":
        this.chain.mine(event.packets, event.seconds);
        break;
      case "finalize":
        this.chain.makeFinal(event.blocks);
        break;
      case "reorganise":
        this.chain.reorganise(event.blocks);
        break;
      case "clock":
        this.#now += event.seconds;
        break;
      case "screening":
        this.#screening = event.answers;
        break;
      case "signer":
        this.#signer = event.answers;
        break;
      case "tamper":
        this.chain.tampered = event.field === "amount";
        if (this.chain.tampered) this.wasTampered = true;
        break;
      case "request":
        this.#request(BigInt(event.sequence));
        break;
      case "retry":
        await this.#untilCrash(async () => this.#retry());
        break;
      case "crash":
        this.#callsLeft = event.afterCalls;
        return;
      case "round":
        for (const step of steps) await this.#run(step);
        break;
      case "step":
        await this.#run(event.step);
    }
    const { timestamp } = this.chain.final();
    this.#passed = Math.max(this.#passed, Math.min(timestamp, this.#now));
  }

  async #run(step: keyof Steps): Promise<void> {
    this.#readAgain.clear();
    await this.#untilCrash(() => this.#runStep(step));
  }

  /** Does some work of the service, which an operator's command is as well; a crash in it is a start from the database. */
  async #untilCrash(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#store.close();
      this.#store = this.#open();
      this.#context = this.#newContext();
    } finally {
      this.#callsLeft = Number.POSITIVE_INFINITY;
    }
  }

  async #runStep(step: keyof Steps): Promise<void> {
    const [context, final] = [this.#context, this.chain.final()];
    switch (step) {
      case "observe":
        await this.#steps.observe(context, { final, latest: { height: this.chain.height() } });
        return;
      case "finalize":
        if (!this.isStopped()) await this.#steps.finalize(context, final);
        return;
      case "markDue":
        if (!this.isStopped()) this.#steps.markDue(context, final);
        return;
      case "findRequested":
        await this.#steps.findRequested(context, final);
        return;
      case "screen":
        if (!this.isStopped()) await this.#steps.screen(context, this.#screeningDouble());
        return;
      case "sign":
        await this.#steps.sign(context, this.#signerDouble(), final);
    }
  }

  #retry(): void {
    for (const packet of this.#store.work.list({ state: "refused", limit: 10 })) {
      if ("packet" in packet.sighting.content) this.#store.packets.move(packet, "final", this.#now * 1_000);
    }
  }

  #request(sequence: bigint): void {
    const { store, key } = this.#context;
    if (store.packets.find(key, sequence)) return;
    store.requests.add(key, { sequence, hintHeight: undefined }, this.#now * 1_000, 100);
  }

  /** Lets everything go well for long enough, as after any trouble. */
  async settle(): Promise<void> {
    const well: Event[] = [
      { kind: "screening", answers: "white" },
      { kind: "signer", answers: "approve" },
      { kind: "tamper", field: "nothing" },
      { kind: "mine", packets: 0, seconds: 10 * hour },
      { kind: "finalize", blocks: 1_000 },
      { kind: "clock", seconds: 10 * hour },
    ];
    for (const event of well) await this.take(event);
    // The chain may be ahead of a clock that was put back, as far as no packet may be due; a right clock is behind no block.
    this.#now = Math.max(this.#now, this.chain.final().timestamp + 100 * hour);
    for (let round = 0; round < 4; round += 1) {
      this.#now += 24 * hour;
      await this.take({ kind: "round" });
    }
  }

  /** Checks a request as it arrives, and answers as the walk says. */
  #signerDouble(): SignerClient {
    return {
      attest: async (request) => {
        this.#judge(request);
        return this.#answer(request);
      },
      keys: async () => [],
      newestWanted: async () => undefined,
      showNewest: async () => {},
      close: () => {},
    };
  }

  #judge({ packet, verdict }: AttestationRequest): void {
    const { sequence } = packet;
    const wrong = (what: string) => this.violations.push(`packet ${sequence} reached the signer ${what}`);
    const truth = this.chain.finalSighting(sequence);
    if (!truth) {
      wrong("without being in a final block");
      return;
    }
    if (!("packet" in truth.content) || truth.content.packet.message.amount !== packet.message.amount) {
      wrong("with another content than the chain's");
    }
    if (this.#passed - truth.block.timestamp < this.#waitSeconds) wrong("before its wait was over");
    if (this.#verdicts.get(packet.message.receiverAddress) !== verdict.result) wrong("without its screening's verdict");
    if (!this.#readAgain.has(sequence)) wrong("without having been read again");
    if (this.isStopped()) wrong("while its route was stopped");
  }

  #answer(request: AttestationRequest): SignerAnswer {
    const reason = { code: "test", text: "as the walk says" };
    if (this.#signer === "deny") return { outcome: "denied", reason, rule: undefined };
    if (this.#signer === "hold") return { outcome: "held", reason, retryAfterMs: 0 };
    if (this.#signer !== "approve") return { outcome: "failed", reason, retryAfterMs: 0, rule: undefined };
    this.signed.add(request.packet.sequence);
    return { outcome: "approved", attestation: attest(request) };
  }

  #screeningDouble(): Screening {
    return {
      screen: async (addresses) => {
        if (this.#screening === "cannot tell") return { cannotTell: "as the walk says", retryAfterMs: 0 };
        const receiver = addresses[1]?.text ?? "";
        this.#verdicts.set(receiver, this.#screening);
        const finding = { source: "double", version: "1", result: this.#screening } as const;
        return { ...finding, findings: [finding] };
      },
      state: () => [],
    };
  }

  #open(): Store {
    const store = openStore(this.#file, ["main"], (database) => database.pragma("synchronous = OFF"));
    store.routes.open(keyOf(route), { sourceBridge: "0xA", destinationBridge: "0xB" });
    const call = () => {
      this.#callsLeft -= 1;
      if (this.#callsLeft <= 0) throw new Crash();
    };
    const { packets, ...rest } = store;
    const crashing = { ...rest, packets: { ...packets, move: before(packets.move, call) } };
    return Object.assign(crashing, {
      recordRange: before(store.recordRange, call),
      recordSigned: before(store.recordSigned, call),
    });
  }

  #newContext(): RouteContext {
    const clock = { now: () => this.#now * 1_000, sleep: async () => {} };
    const board: Board = createBoard(logger);
    const source = this.chain.source();
    const context: RouteContext = {
      route: { ...route, waitMs: this.#waitSeconds * 1_000 },
      key: keyOf(route),
      subject: "route test",
      store: this.#store,
      together: async (change) => this.#store.atomically(change),
      sourceChain: this.chain.chain(),
      source: {
        ...source,
        differenceNow: async (sighting, height) => {
          const difference = await source.differenceNow(sighting, height);
          if (difference === undefined) this.#readAgain.add(sighting.sequence);
          return difference;
        },
      },
      target: { check: async () => {}, consumed: async () => undefined, consumedVote: async () => undefined },
      progress: { counter: undefined, gaps: [], sourceChecked: true, targetChecked: true, mismatch: undefined },
      clock,
      logger,
      board,
      metrics: createChainMetrics(),
    };
    board.report(context.subject, "stopped", this.#store.routes.stopReason(context.key));
    const stopped = this.#store.chains.stopReason("1");
    board.report(chainSubject("source"), "stopped", stopped);
    return context;
  }
}

const logger = createLogger({ service: "walk", level: "error" }, { write: () => {} });

const chainConfig = (name: string, chainId: bigint) =>
  ({
    name,
    chainId,
    family: "evm",
    providers: [{ label: "model" }],
    singleSource: "accepted",
    finality: "finalized",
    depth: 0,
    maximumRange: 3,
  }) as unknown as ChainConfig;

const service = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
const route: Route = {
  name: "test",
  deployment: "local",
  source: { chain: chainConfig("source", 1n), bridge: "0xA", tokenService: service },
  destination: { chain: chainConfig("destination", 2n), bridge: "0xB", tokenService: service },
  startHeight: 0,
  scheme: "verulink-evm",
  attestor: new Wallet(attestorKey).address,
  waitMs: 0, // each walk has its own
  instant: undefined,
  overdueMs: 86_400_000,
};

function before<P extends unknown[], R>(work: (...parameters: P) => R, call: () => void): (...parameters: P) => R {
  return (...parameters) => {
    call();
    return work(...parameters);
  };
}

function attest(request: AttestationRequest): Attestation {
  const digests = digestScheme("verulink-evm").digestOf(request.packet, request.verdict.result);
  const signature = new SigningKey(attestorKey).sign(digests.digest).serialized as Hex;
  const by = { signer: route.attestor, assurance: "claimed", custody: "hsm" } as const;
  return { ...request, scheme: "verulink-evm", ...digests, signature, ...by };
}
