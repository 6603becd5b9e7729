import type { Clock } from "../../shared/clock/index.ts";
import {
  digestScheme,
  type Hex,
  type PacketDigest,
  type SignatureText,
  type VerdictResult,
} from "../../shared/digest/index.ts";
import { AttestorError, faultName, isAttestorError } from "../../shared/errors/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { type CeremonyStatement, ceremonyDigest } from "../ceremony/index.ts";
import { FairTurns } from "../fairTurns.ts";
import { afterFailure, concernsPin } from "./afterFailure.ts";
import { type Ahead, createAhead } from "./ahead.ts";
import { type Checkpoint, checkpointDigest } from "./checkpoint.ts";
import { daemonStops } from "./connectKeeper.ts";
import type { KeeperProcess } from "./conversation.ts";
import { type AnyKeyPlan, attestingPlan, auditPlan, isSealedPlan } from "./keyPlan.ts";
import { type KeyStatement, type LaunchedKeeper, type LaunchOptions, launchKeeper, proveKey } from "./launchKeeper.ts";
import { verifiedSignature } from "./verifiedSignature.ts";

export interface TokenKeeperOptions extends LaunchOptions {
  readonly clock: Clock;
  /** Milliseconds without a signature after which a key is challenged. */
  readonly idleProbeMs: number;
}

/** A digest with its signature: 65 bytes r ‖ s ‖ v, low s, v 27 or 28, or what a sealed key signs. */
export interface SignedDigest extends PacketDigest {
  readonly signature: SignatureText;
}

export interface KeeperStatus {
  /** Whether the keys can sign now. */
  readonly up: boolean;
  /** Why not. */
  readonly reason?: string;
  /** How often a keeper was rebuilt. */
  readonly restarts: number;
}

/** Milliseconds that an orderly end may take. */
const closeDeadline = 2_000;

/**
 * Milliseconds that a request waits for its turn. Who asks waits for 10 s by default, and then its wait was for nothing; the
 * rest is for what comes before and after.
 */
const longestWait = 7_000;

/** Who waits for a turn besides clients: health probes, checkpoints, ceremonies. No client's name is empty. */
const ourselves = "";

/** Milliseconds before the second rebuild without a signature in between; doubled for each further one. */
const firstDelay = 200;
const longestDelay = 30_000;

/** So many requests in a row fail for a reason for which the keeper is kept before it is rebuilt all the same. */
const mostFailures = 10;

/**
 * The daemon's side of the keys in one token: starts their keeper, checks everything that it answers, and kills and
 * rebuilds it when it hangs, dies or answers oddly. A rebuilt keeper checks and proves all keys again.
 */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions;
  readonly #turns: FairTurns;
  readonly #ahead: Ahead;
  readonly #closing = new AbortController();
  #process: KeeperProcess | undefined;
  #statements: LaunchedKeeper["statements"];
  #whyDown = "";
  #restarts = 0;
  #rebuildsSinceSignature = 0;
  #failuresInRow = 0;
  #signatures = 0;
  #nextAttempt = Promise.withResolvers<void>();
  readonly #supervision: Promise<void>;

  private constructor(options: TokenKeeperOptions, first: LaunchedKeeper) {
    this.#options = options;
    const { sessions, callDeadlineMs } = options;
    this.#ahead = createAhead({ sessions, callDeadlineMs, now: () => performance.now() });
    this.#turns = new FairTurns(() => this.#ahead.requests(), longestWait);
    this.#statements = first.statements;
    this.#supervision = this.#supervise(first.process);
    void this.#probeWhileIdle();
  }

  /** @throws AttestorError as {@link launchKeeper}; a keeper that cannot start the first time is not tried again. */
  static async start(options: TokenKeeperOptions): Promise<TokenKeeper> {
    return new TokenKeeper(options, await launchKeeper(options, new AbortController().signal));
  }

  /** What the device stated about a key at the latest start. */
  statementOf(key: string): KeyStatement {
    return this.#statements.get(key) ?? { attributes: {}, ledgers: [], bindable: true };
  }

  status(): KeeperStatus {
    if (this.#process) return { up: true, restarts: this.#restarts };
    return { up: false, reason: this.#whyDown, restarts: this.#restarts };
  }

  /**
   * Has a packet signed, and returns only a signature by the pinned key over the digest that is computed here.
   *
   * @param client whose turn it takes.
   * @throws AttestorError `keeper_unavailable`, `wrong_signature`, `hsm_error`, `denied`, `invalid_field`, `overloaded`.
   */
  async attest(key: AnyKeyPlan, packet: Packet, verdict: VerdictResult, client = ourselves): Promise<SignedDigest> {
    const expected = expectedDigest(key, packet, verdict);
    return this.#request(client, async (process) => {
      const parameters = { key: key.name, packet, verdict };
      const { signature } = await process.call("attest", parameters, this.#options.callDeadlineMs);
      return { ...expected, signature: verifiedSignature(key, signature, expected.digest) };
    });
  }

  /** Has a checkpoint signed, by a key for checkpoints. Throws as `attest`. */
  async checkpoint(key: AnyKeyPlan, checkpoint: Checkpoint): Promise<Hex> {
    const plan = auditPlan(key);
    return this.#request(ourselves, async (process) => {
      const parameters = { key: key.name, ...checkpoint };
      const { signature } = await process.call("checkpoint", parameters, this.#options.callDeadlineMs);
      return verifiedSignature(plan, signature, checkpointDigest(checkpoint));
    });
  }

  /** Has a key sign the statement of its own ceremony. Throws as `attest`. */
  async ceremony(key: AnyKeyPlan, statement: CeremonyStatement): Promise<SignatureText> {
    return this.#request(ourselves, async (process) => {
      const parameters = { key: key.name, statement };
      const { signature } = await process.call("ceremony", parameters, this.#options.callDeadlineMs);
      return verifiedSignature(key, signature, ceremonyDigest(statement));
    });
  }

  /** Challenges a key, as at the start: the health probe. */
  async prove(key: AnyKeyPlan): Promise<void> {
    return this.#request(ourselves, (process) => proveKey(process, key, this.#options.callDeadlineMs));
  }

  /** Ends the keeper; requests that are running fail. */
  async close(): Promise<void> {
    const process = this.#process;
    this.#closing.abort();
    if (process) {
      await process.call("close", {}, closeDeadline).catch(() => {}); // it is killed in any case
      process.kill(daemonStops);
    }
    await this.#supervision;
    this.#whyDown = daemonStops;
  }

  #request<T>(owner: string, run: (process: KeeperProcess) => Promise<T>): Promise<T> {
    return this.#turns.take(owner, async () => {
      try {
        return await this.#try(run);
      } catch (error) {
        if (!afterFailure(error).retry) throw error;
        await this.#rebuilt();
        if (!this.#process) throw error;
        this.#options.logger.warn({ err: error }, "a request is made again, of the rebuilt keeper");
        return this.#try(run);
      }
    });
  }

  async #try<T>(run: (process: KeeperProcess) => Promise<T>): Promise<T> {
    const process = this.#process;
    if (!process) throw new AttestorError("keeper_unavailable", { reason: this.#whyDown });
    try {
      const result = await this.#ahead.watch(() => run(process));
      this.#rebuildsSinceSignature = 0;
      this.#failuresInRow = 0;
      this.#signatures += 1;
      return result;
    } catch (error) {
      this.#judge(process, error);
      throw error;
    }
  }

  #judge(process: KeeperProcess, error: unknown): void {
    const { keep, alarm, counts } = afterFailure(error);
    const code = faultName(error);
    if (code === "wrong_signature") this.#options.logger.error({ err: error }, "a wrong signature was discarded");
    else if (alarm) this.#options.logger.error({ err: error }, "the device needs somebody to look at it");
    if (counts) this.#failuresInRow += 1;
    if (keep && this.#failuresInRow < mostFailures) return;
    // at once, not when the process is gone: no further request may reach it
    if (this.#process === process) {
      this.#process = undefined;
      this.#whyDown = `a request ended with ${code}`;
    }
    process.kill(`a request ended with ${code}`);
  }

  /** Settles when the next keeper is up or could not be started, or has taken longer than a request may. */
  async #rebuilt(): Promise<void> {
    const { clock, callDeadlineMs } = this.#options;
    const waited = new AbortController();
    const deadline = clock.sleep(callDeadlineMs, waited.signal).catch(() => {});
    await Promise.race([this.#nextAttempt.promise, deadline]);
    waited.abort();
  }

  /** Lets go on what waits for the next attempt to rebuild. */
  #attempted(): void {
    this.#nextAttempt.resolve();
    this.#nextAttempt = Promise.withResolvers();
  }

  /**
   * A token of which nothing is asked shows now and then that it can sign, with one key after the other: else the first packet that
   * needs it would find out that the keeper hangs or the device is gone.
   */
  async #probeWhileIdle(): Promise<void> {
    const { clock, idleProbeMs, keys } = this.#options;
    const { signal } = this.#closing;
    for (let probes = 0; ; ) {
      const before = this.#signatures;
      await clock.sleep(idleProbeMs, signal);
      if (signal.aborted) return;
      const key = keys[probes % keys.length];
      if (!key || !this.#process || this.#signatures !== before) continue;
      probes += 1;
      await this.prove(key).catch(() => {}); // what it means was judged and logged, as of any request
    }
  }

  async #supervise(first: KeeperProcess): Promise<void> {
    let process: KeeperProcess | undefined = first;
    while (process) {
      this.#process = process;
      const reason = await process.ended;
      this.#process = undefined;
      this.#whyDown = reason;
      process = await this.#rebuild(reason);
      this.#process = process;
      this.#attempted();
    }
  }

  /** Starts keepers until one is up; undefined when there is to be none. */
  async #rebuild(reason: string): Promise<KeeperProcess | undefined> {
    const { logger, clock } = this.#options;
    const { signal } = this.#closing;
    if (!signal.aborted) logger.error({ reason }, "the keeper is down");
    let delay = delayBefore(this.#rebuildsSinceSignature);
    while (!signal.aborted) {
      await clock.sleep(delay, signal);
      if (signal.aborted) return undefined;
      this.#rebuildsSinceSignature += 1;
      try {
        const { process, statements } = await launchKeeper(this.#options, signal);
        this.#statements = statements;
        this.#restarts += 1;
        this.#failuresInRow = 0; // those of the keeper before
        return process;
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#whyDown = reasonOf(error);
        logger.error({ err: error }, "the keeper cannot be rebuilt");
        this.#attempted();
        // the latch on disk lets a rejected PIN be tried by nobody, so that looking for another one in its file is safe
        delay = concernsPin(error) ? longestDelay : delayBefore(this.#rebuildsSinceSignature);
      }
    }
    return undefined;
  }
}

function expectedDigest(key: AnyKeyPlan, packet: Packet, verdict: VerdictResult): PacketDigest {
  const { scheme } = isSealedPlan(key) ? key.spec : attestingPlan(key).spec;
  return digestScheme(scheme).digestOf(packet, verdict);
}

/** The first rebuild starts at once: most often one call hung, and about 100 ms later the keys sign again. */
function delayBefore(rebuilds: number): number {
  return rebuilds === 0 ? 0 : Math.min(longestDelay, firstDelay * 2 ** (rebuilds - 1));
}

function reasonOf(error: unknown): string {
  if (isAttestorError(error, "keeper_unavailable")) return error.data.reason;
  return error instanceof AttestorError ? error.message.replace(/\.$/, "") : faultName(error);
}
