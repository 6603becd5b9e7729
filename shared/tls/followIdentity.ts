import { X509Certificate } from "node:crypto";
import type { Clock } from "../clock/index.ts";
import type { TlsFiles } from "../config/index.ts";
import { faultName } from "../errors/index.ts";
import type { Logger } from "../log/index.ts";
import { datesProblem } from "./certificateExpiry.ts";
import { readTlsIdentity, type TlsIdentity } from "./identity.ts";
import { pinOf } from "./pin.ts";

/** An own identity that may be renewed while it is in use. */
export interface LiveIdentity {
  current(): TlsIdentity;
  /** Called when another one is current. */
  onRenewal(listener: (identity: TlsIdentity) => void): void;
}

export interface FollowedIdentity extends LiveIdentity, AsyncDisposable {}

/** Between two looks at the files, in milliseconds. */
const lookInterval = 60_000;

/**
 * Reads the files of a TLS identity, and reads them again every minute: a certificate that was renewed, with its key or a
 * new one, serves the connections that are made from then on, without a restart. Files that do not fit together are left
 * alone until they do, because whoever renews writes one after the other.
 *
 * A certificate that has expired is told once and used all the same: what needs no peer goes on, and a renewed one needs no
 * restart.
 *
 * @throws AttestorError as {@link readTlsIdentity}, at the first read.
 */
export function followTlsIdentity(parts: {
  readonly files: TlsFiles;
  readonly configFile: string;
  readonly clock: Pick<Clock, "sleep">;
  readonly logger: Logger;
}): FollowedIdentity {
  const { files, configFile, clock, logger } = parts;
  let current = readTlsIdentity(files, configFile);
  let refused: string | undefined;
  let outdated: string | undefined;
  const listeners: ((identity: TlsIdentity) => void)[] = [];

  function look(): void {
    try {
      const next = readTlsIdentity(files, configFile);
      refused = undefined;
      if (isSame(current, next)) return;
      for (const listener of listeners) listener(next);
      current = next;
      const until = new X509Certificate(next.certificate).validTo;
      logger.info({ file: files.certificate, pin: pinOf(next.certificate), until }, "took over a renewed certificate");
    } catch (error) {
      const why = error instanceof Error ? error.message : faultName(error);
      if (why !== refused) logger.warn({ err: error }, "the renewed certificate cannot be used; the old one stays");
      refused = why;
    }
  }

  function lookAtDates(): void {
    const problem = datesProblem(current.certificate, Date.now());
    if (problem !== undefined && problem !== outdated) {
      logger.error({ file: files.certificate, problem }, "the service's own certificate is not valid: peers refuse it");
    }
    outdated = problem;
  }

  lookAtDates();
  const stopping = new AbortController();
  const ended = (async () => {
    for (;;) {
      await clock.sleep(lookInterval, stopping.signal);
      if (stopping.signal.aborted) return;
      look();
      lookAtDates();
    }
  })();
  return {
    current: () => current,
    onRenewal: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}

/** An identity that stays as it is. */
export function liveIdentity(identity: TlsIdentity | LiveIdentity): LiveIdentity {
  return "current" in identity ? identity : { current: () => identity, onRenewal: () => {} };
}

function isSame(a: TlsIdentity, b: TlsIdentity): boolean {
  return a.certificate === b.certificate && a.key === b.key && a.peerAuthority === b.peerAuthority;
}
