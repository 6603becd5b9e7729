import type { HashText } from "../../../../shared/digest/index.ts";
import { createGateTime, type GateTime, type Moment } from "./gateTime.ts";
import { deniedReceiver, hours, type Knobs } from "./knobs.ts";

/** What a client asks for, as far as rules look at it. */
export interface Content {
  readonly sequence: number;
  readonly amount: number;
  readonly white: boolean;
  readonly receiver: string;
  readonly packetHash: HashText;
  readonly digest: HashText;
}

/** What a request came to. */
export interface Asked {
  readonly client: string;
  readonly content: Content;
  readonly outcome: "approved" | "held" | "denied" | "failed" | "refused";
  readonly rule: string | undefined;
  /** Digests that the key was asked to sign meanwhile. */
  readonly signed: readonly HashText[];
  /** What left the signer, whatever the outcome. */
  readonly attestation: { readonly digest: HashText; readonly signature: string } | undefined;
}

/** How long an approval counts, in hours. */
const approvalHours = 24;

/** Who refuses before the gate looks at the clock, before a first sight is recorded, before a proposal is. */
const beforeClock = ["client_rights", "route", "deny_list"];
const beforeSight = [...beforeClock, "clock", "value_limit", "sequence_jump", "value_window"];

/**
 * What the promises say, told independently of the gate: it sees what was asked, what operators did and what came out, and
 * names every attestation that a rule forbade.
 */
export class Oracle {
  readonly time: GateTime = createGateTime();
  readonly violations: string[] = [];
  knobs: Knobs;
  /** Pauses in force by id, and whether the file pauses. */
  readonly pauses = new Set<string>();
  fileIsThere = false;
  readonly #reserved = new Map<number, Content>();
  readonly #signatures = new Map<number, string>();
  readonly #spent: { readonly at: Moment; readonly amount: number }[] = [];
  /** When each client first asked for a content. */
  readonly #sights = new Map<HashText, Map<string, Moment>>();
  /** Holds that were dropped and not approved by two since. */
  readonly #dropped = new Set<string>();
  readonly #approvals = new Map<string, { readonly operator: string; readonly at: Moment }[]>();
  /** What each client said of a packet id since it was last known to be recorded. */
  readonly #said = new Map<string, Content[]>();

  constructor(knobs: Knobs) {
    this.knobs = knobs;
  }

  asked(asked: Asked): void {
    const { content, client, outcome, rule = "" } = asked;
    const isRefusal = outcome === "denied" || outcome === "failed";
    if (outcome === "refused" || (isRefusal && beforeClock.includes(rule))) {
      if (asked.signed.length > 0 || asked.attestation) this.#violated("something was signed for what was refused");
      return;
    }
    this.time.look(rule !== "clock");
    if (rule !== "clock") this.#heardOf(client, content, isRefusal);
    if (!isRefusal || !beforeSight.includes(rule)) this.#saw(client, content);
    for (const digest of asked.signed) this.#judgeSigning(asked, digest);
    if (asked.attestation) this.#judgeRelease(asked, asked.attestation);
  }

  approvedHold(operator: string, digest: HashText, reason: string): void {
    if (!this.knobs.operators.includes(operator)) this.#violated(`${operator} released a hold and is no operator`);
    if (this.time.jumped) this.#violated("a hold was released while nobody can tell the time");
    const hold = nameOfHold(digest, reason);
    const approvals = [...(this.#approvals.get(hold) ?? []), { operator, at: this.time.moment() }];
    this.#approvals.set(hold, approvals);
    if (new Set(approvals.map((approval) => approval.operator)).size >= 2) this.#dropped.delete(hold);
  }

  /** An announcement and a review of one content are two holds: to drop the one takes nothing back that was said of the other. */
  droppedHold(operator: string, digest: HashText, reason: string): void {
    if (!this.knobs.operators.includes(operator)) this.#violated(`${operator} dropped a hold and is no operator`);
    const hold = nameOfHold(digest, reason);
    this.#dropped.add(hold);
    this.#approvals.delete(hold);
  }

  /** Somebody had something done that takes the signatures of two. */
  didWithSignatures(what: string, signers: readonly string[], needed: number): void {
    const counted = new Set(signers.filter((name) => this.knobs.operators.includes(name)));
    if (counted.size < needed) this.#violated(`${what} took ${counted.size} operators instead of ${needed}`);
  }

  #violated(what: string): void {
    this.violations.push(what);
  }

  /** What a client says last counts; where a rule refused, it may have been recorded before or not. */
  #heardOf(client: string, content: Content, isRefusal: boolean): void {
    if (this.knobs.agreement === undefined) return;
    const name = `${client} ${content.sequence}`;
    this.#said.set(name, [...(isRefusal ? (this.#said.get(name) ?? []) : []), content]);
  }

  #saw(client: string, { digest }: Content): void {
    if (this.knobs.signerWait === undefined) return;
    const sights = this.#sights.get(digest) ?? new Map<string, Moment>();
    this.#sights.set(digest, sights);
    if (!sights.has(client)) sights.set(client, this.time.moment());
  }

  /** The key was asked: if it is the first time for this packet, every rule must have let it through. */
  #judgeSigning({ content, ...asked }: Asked, digest: HashText): void {
    if (digest !== content.digest) {
      this.#violated("the key was asked for something else than the client");
      return;
    }
    this.#judgeStanding(asked.client, content, "the key was asked");
    const before = this.#reserved.get(content.sequence);
    if (before) {
      if (before.digest !== digest) this.#violated(`a second digest of packet ${content.sequence} was signed`);
      return;
    }
    for (const forbidden of this.#forbidding(content)) this.#violated(`signed although ${forbidden}`);
    this.#reserved.set(content.sequence, content);
    if (content.white) this.#spent.push({ at: this.time.moment(), amount: content.amount });
  }

  #judgeRelease({ client, content, outcome }: Asked, { digest, signature }: NonNullable<Asked["attestation"]>): void {
    const reserved = this.#reserved.get(content.sequence);
    if (reserved?.digest !== digest) this.#violated("an attestation left that is not of what was reserved");
    if (outcome === "approved" && digest !== content.digest) this.#violated("another content was approved than asked");
    const first = this.#signatures.get(content.sequence);
    if (first !== undefined && first !== signature) this.#violated("a second signature left for one packet");
    this.#signatures.set(content.sequence, signature);
    this.#judgeStanding(client, content, "an attestation left");
  }

  /** Rules that hold for whatever is signed or leaves, also for what was reserved before. */
  #judgeStanding(client: string, { sequence, white, receiver }: Content, what: string): void {
    const { knobs } = this;
    if (!knobs.clients.includes(client)) this.#violated(`${what} by a client without the right`);
    if (sequence < knobs.startSequence) this.#violated(`${what} below the route's start`);
    if (knobs.denyList && white && receiver === deniedReceiver)
      this.#violated(`${what} for an address on the deny list`);
    if (this.time.jumped) this.#violated(`${what} while nobody can tell the time`);
    if (knobs.paused || this.fileIsThere || this.pauses.size > 0) this.#violated(`${what} while it is paused`);
  }

  /** Why this content must not be reserved now. */
  *#forbidding(content: Content): Generator<string> {
    const { single, window, maximumJump, signerWait, agreement, minimumAssurance } = this.knobs;
    const isReleased = this.#releasedBy(content.digest).size >= 2;
    const holds = ["review", "announced"].map((reason) => nameOfHold(content.digest, reason));
    if (holds.some((hold) => this.#dropped.has(hold))) yield "an operator dropped it and two did not release it since";
    const tooLarge = [single, window].some((limit) => limit !== undefined && content.amount > limit);
    if (tooLarge && !isReleased) yield "its amount is above the limit and two operators did not release it";
    if (maximumJump !== undefined && content.sequence > this.#highest() + maximumJump && !isReleased) {
      yield "its sequence jumps too far and two operators did not release it";
    }
    if (
      window !== undefined &&
      content.white &&
      content.amount <= window &&
      this.#spending() + content.amount > window
    ) {
      yield "its window is full";
    }
    if (signerWait !== undefined) {
      const sights = [...(this.#sights.get(content.digest) ?? [])];
      const isOver = ([client, seen]: [string, Moment]) =>
        this.knobs.clients.includes(client) && this.time.since(seen).most >= hours(signerWait);
      if (!sights.some(isOver)) yield "its wait is not over";
    }
    if (agreement !== undefined) {
      const agreeing = (same: (other: Content) => boolean) =>
        this.knobs.clients.filter((client) => this.#said.get(`${client} ${content.sequence}`)?.some(same)).length;
      const onPacket = agreeing(({ packetHash }) => packetHash === content.packetHash);
      if (onPacket < agreement) yield "too few clients agree on the packet";
      if (agreeing(({ digest }) => digest === content.digest) < agreement && !isReleased) {
        yield "too few clients agree on its verdict and two operators did not release it";
      }
    }
    if (minimumAssurance === "proved" || (minimumAssurance === "agreed-2" && (agreement ?? 1) < 2)) {
      yield "nothing vouches for it as the route demands";
    }
  }

  /** Operators whose approval of this content may count now. */
  #releasedBy(digest: HashText): Set<string> {
    const young = (this.#approvals.get(nameOfHold(digest, "review")) ?? []).filter(
      ({ at, operator }) =>
        this.time.since(at).least <= hours(approvalHours) && this.knobs.operators.includes(operator),
    );
    return new Set(young.map(({ operator }) => operator));
  }

  #highest(): number {
    return Math.max(this.knobs.startSequence - 1, ...this.#reserved.keys());
  }

  /** What certainly counts in the window now. */
  #spending(): number {
    const counting = this.#spent.filter(({ at }) => this.time.since(at).most < hours(this.knobs.windowLength));
    return counting.reduce((sum, { amount }) => sum + amount, 0);
  }
}

function nameOfHold(digest: HashText, reason: string): string {
  return `${reason} ${digest}`;
}
