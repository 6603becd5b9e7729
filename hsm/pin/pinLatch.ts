import { createHash, randomBytes, scryptSync } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { integer, problemsOf } from "../../shared/schema/index.ts";
import { writeDurably } from "./durableFile.ts";
import { inTurn } from "./loginTurn.ts";
import type { Pin } from "./pinFile.ts";

/**
 * How often a PIN version may be tried without the token's answer being seen (the keeper was killed during the login) or understood.
 * Each such try may have been a failed one; CloudHSM locks a user at five.
 */
const unansweredTries = 3;

/** Milliseconds that a login waits for the answer to another process's; an HSM on a network takes some seconds. */
const longestTurn = 10_000;

/** scrypt's cost: 32 MiB and some 100 ms for each guess at a rejected PIN. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 };

const recordSchema = z.strictObject({
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  /** scrypt of every PIN that was rejected since the last good login. */
  rejected: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  /** The login that is running, or was when the keeper was killed. */
  trying: z.strictObject({ version: z.string(), tries: integer(1, unansweredTries) }).optional(),
});
type LatchRecord = z.output<typeof recordSchema>;

/**
 * Remembers on disk which PINs a token rejected, so that no crash loop tries one again: tokens lock after a few failed
 * logins. The file holds no PIN: while a login runs the PIN file's version, after a rejection a salted scrypt hash. It
 * is there only during a login and after a failed one.
 *
 * Whoever logs in does so {@link inTurn}: two that looked at the same time would both find the PIN untried.
 */
export class PinLatch {
  readonly #file: string;
  readonly #token: string;

  /** @param folder the service's own; made if it is missing. */
  constructor(folder: string, token: { label: string; serial: string }) {
    const identity = createHash("sha256").update(`${token.serial}\0${token.label}`).digest("hex").slice(0, 16);
    this.#file = path.join(folder, `pin-latch-${identity}.json`);
    this.#token = token.label;
  }

  /**
   * Runs a login from the look at the PIN to the token's answer, while no other process has one running. All of it is synchronous.
   *
   * @throws AttestorError `database_unusable` if another one has not ended within 10 s; what the login throws.
   */
  inTurn<T>(login: () => T): T {
    this.#guarded(() => mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 }));
    return inTurn(`${this.#file}.lock`, longestTurn, login);
  }

  /**
   * To be called before a login: refuses a PIN that was rejected, else notes durably that it is being tried.
   *
   * @throws AttestorError `pin_latched`; `database_unusable` if the file cannot be read or written (then no login).
   */
  beforeLogin(pin: Pin): void {
    const record = this.#read();
    const tries = record.trying?.version === pin.version ? record.trying.tries : 0;
    const wasRejected = record.rejected.length > 0 && record.rejected.includes(hashOf(pin, record.salt));
    if (wasRejected || tries >= unansweredTries) {
      throw new AttestorError("pin_latched", { token: this.#token, latchFile: this.#file });
    }
    this.#write({ ...record, trying: { version: pin.version, tries: tries + 1 } });
  }

  /** The token rejected the PIN: it is not tried again. */
  rejected(pin: Pin): void {
    const record = this.#read();
    // the hash takes its time, and a kill during it must not win the PIN another try
    this.#write({ ...record, trying: { version: pin.version, tries: unansweredTries } });
    this.#write({ salt: record.salt, rejected: [...record.rejected, hashOf(pin, record.salt)] });
  }

  /** The token took the PIN. */
  accepted(): void {
    this.#guarded(() => rmSync(this.#file, { force: true }));
  }

  /** The login failed for a reason that has nothing to do with the PIN. */
  notJudged(): void {
    const { salt, rejected } = this.#read();
    if (rejected.length === 0) this.accepted();
    else this.#write({ salt, rejected });
  }

  #read(): LatchRecord {
    const text = this.#guarded(() => textOf(this.#file));
    if (text === undefined) return { salt: randomBytes(16).toString("hex"), rejected: [] };
    const parsed = problemsOf(
      recordSchema,
      this.#guarded(() => parseJson(text)),
    );
    if ("value" in parsed) return parsed.value;
    throw this.#unusable("it is damaged; delete it if the PIN in the PIN file is right");
  }

  #write(record: LatchRecord): void {
    this.#guarded(() => {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      writeDurably(this.#file, stringifyJson(record));
    });
  }

  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.#unusable(faultName(error));
    }
  }

  #unusable(reason: string): AttestorError {
    return new AttestorError("database_unusable", { file: this.#file, reason });
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (faultName(error) === "ENOENT") return undefined;
    throw error;
  }
}

function hashOf(pin: Pin, salt: string): string {
  return scryptSync(pin.value.reveal(), Buffer.from(salt, "hex"), 32, cost).toString("hex");
}
