import { setTimeout as pause } from "node:timers/promises";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import type { FaultNotice } from "../keystore.ts";
import { flag, userStates } from "./constants.ts";
import { answered, type Cryptoki, call, type ObjectHandle, type SessionHandle } from "./cryptoki.ts";
import { type Fault, faultOf } from "./faults.ts";
import { type FoundKey, findPinnedKeys, type PinnedKey } from "./pinnedKeys.ts";
import type { TokenProfile } from "./profile.ts";
import { SessionPool } from "./sessionPool.ts";
import { signDigest } from "./sign.ts";
import type { Token } from "./token.ts";

export interface OpenTokenOptions {
  readonly cryptoki: Cryptoki;
  readonly token: Token;
  readonly profile: TokenProfile;
  readonly keys: readonly PinnedKey[];
  /** How many signatures may be made at the same time. */
  readonly sessions: number;
  /** Logs the user in, for every session; at most once with a PIN that the token rejects. */
  readonly logIn: (session: SessionHandle) => void;
  readonly notice: (notice: FaultNotice) => void;
}

type Handles = ReadonlyMap<string, ObjectHandle>;

interface PooledSession {
  readonly session: SessionHandle;
  /** The private keys by name, as this session knows them. */
  readonly keys: Handles;
  /** When the keys were found. */
  readonly generation: number;
}

/** A session is from before the keys were found again; it is given up and another one taken. */
const outdated = Symbol("outdated");

/** Milliseconds before a busy device is asked again the first time; three times as long the second time. */
const firstPause = 20;

/**
 * A token that the user is logged in to: a control session that is never used for signing, because a login ends with the
 * last session; a pool of sessions; and the keys' handles, which are found once and found again, and compared with the
 * pinned public keys again, after anything by which they may have been lost.
 */
export class OpenToken {
  readonly #options: OpenTokenOptions;
  readonly #pool: SessionPool<PooledSession>;
  #control: SessionHandle;
  #found: readonly FoundKey[] = [];
  #handles: Handles = new Map();
  /** Counts how often the keys were looked for; what failed before the latest time needs no further look. */
  #generation = 0;
  #stale = true;

  /** @throws AttestorError what the login throws, `key_missing`, `key_attribute`, `key_mismatch`, `hsm_error`. */
  constructor(options: OpenTokenOptions) {
    this.#options = options;
    this.#control = this.#openSession();
    const close = ({ session }: PooledSession) => this.#closeSession(session);
    const isFull = (error: unknown) => {
      const full = answered(error, "CKR_SESSION_COUNT");
      if (full) options.notice({ ...error.data, remedy: "fewer" });
      return full;
    };
    this.#pool = new SessionPool({ open: () => this.#openPooled(), close, isFull }, options.sessions);
    options.logIn(this.#control);
    this.#findKeys();
  }

  /** The control session. Nothing that lasts beyond a synchronous call may be begun on it. */
  get control(): SessionHandle {
    return this.#control;
  }

  get keys(): readonly FoundKey[] {
    return this.#found;
  }

  /**
   * Signs, and asks again where the fault that was met calls for it.
   *
   * @throws AttestorError `hsm_error`, what the login throws, `key_missing`, `key_attribute`, `key_mismatch`.
   */
  async sign(key: string, digest: Uint8Array): Promise<Uint8Array> {
    let retries = 0;
    for (;;) {
      let generation = this.#generation;
      try {
        return await this.#pool.use(async (pooled) => {
          if (this.#stale) this.#renew(this.#generation, false);
          generation = this.#generation;
          if (pooled.generation !== generation) throw outdated;
          return signDigest(this.#options.cryptoki, pooled.session, handleOf(pooled.keys, key), digest);
        });
      } catch (error) {
        if (error === outdated) continue;
        await this.#remedy(error, generation, retries);
        retries += 1;
      }
    }
  }

  /** Returns once the request can be made again; throws the error if it must not be. */
  async #remedy(error: unknown, generation: number, retries: number): Promise<void> {
    if (!isAttestorError(error, "hsm_error")) throw error;
    const fault: Fault = faultOf(error.data.code);
    const { remedy } = fault;
    // sessions, login or handles may be gone: nothing is signed again before the keys were compared
    if (remedy === "renew" || remedy === "login") this.#stale ||= generation === this.#generation;
    if (remedy === "backOff" || remedy === "fewer") this.#pool.spare();
    if (retries >= fault.retries || !["session", "renew", "login", "backOff"].includes(remedy)) throw error;
    this.#options.notice({ ...error.data, remedy });
    if (remedy === "backOff") await pause(firstPause * 3 ** retries * (0.5 + Math.random()));
    if (remedy === "renew" || remedy === "login") this.#renew(generation, remedy === "login");
  }

  /**
   * New sessions, a login where there is none, and every key found and compared again.
   *
   * @param generation of what failed; nothing is done if the keys were looked for since.
   * @param mustLogIn the device said that the login is lost, whatever its sessions state.
   */
  #renew(generation: number, mustLogIn: boolean): void {
    if (generation !== this.#generation) return;
    this.#stale = true;
    this.#pool.renew();
    if (this.#stateOf(this.#control) === undefined) {
      this.#closeSession(this.#control);
      this.#control = this.#openSession();
    }
    if (mustLogIn || !userStates.includes(this.#stateOf(this.#control) ?? -1)) this.#options.logIn(this.#control);
    this.#findKeys();
  }

  #findKeys(): void {
    const { cryptoki, profile, keys } = this.#options;
    this.#found = findPinnedKeys(cryptoki, this.#control, profile, keys);
    this.#handles = handlesIn(this.#found);
    this.#generation += 1;
    this.#stale = false;
  }

  #openPooled(): PooledSession {
    const { cryptoki, profile, keys } = this.#options;
    const generation = this.#generation;
    const session = this.#openSession();
    if (!profile.handlesPerSession) return { session, keys: this.#handles, generation };
    try {
      return { session, keys: handlesIn(findPinnedKeys(cryptoki, session, profile, keys)), generation };
    } catch (error) {
      this.#closeSession(session);
      throw error;
    }
  }

  #openSession(): SessionHandle {
    const { cryptoki, token, profile } = this.#options;
    const flags = flag.CKF_SERIAL_SESSION | (profile.readWriteSessions ? flag.CKF_RW_SESSION : 0);
    return call("C_OpenSession", () => cryptoki.C_OpenSession(token.slot, flags));
  }

  #closeSession(session: SessionHandle): void {
    try {
      this.#options.cryptoki.C_CloseSession(session);
    } catch {
      // it is being given up because it failed; a module that has lost it already has nothing left to close
    }
  }

  /** The state of a session, or undefined if the module does not know it any more. */
  #stateOf(session: SessionHandle): number | undefined {
    try {
      return call("C_GetSessionInfo", () => this.#options.cryptoki.C_GetSessionInfo(session)).state;
    } catch (error) {
      if (answered(error, "CKR_SESSION_HANDLE_INVALID", "CKR_SESSION_CLOSED")) return undefined;
      throw error;
    }
  }
}

function handlesIn(keys: readonly FoundKey[]): Handles {
  return new Map(keys.map(({ pinned, privateKey }) => [pinned.name, privateKey]));
}

function handleOf(keys: Handles, name: string): ObjectHandle {
  const handle = keys.get(name);
  if (handle) return handle;
  throw new AttestorError("key_missing", { key: name, reason: "the token was not opened for a key of this name" });
}
