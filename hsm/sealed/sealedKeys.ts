import { closeSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { AttestorError } from "../../shared/errors/index.ts";
import type { SealedKeyPlan } from "../keeper/keyPlan.ts";
import type { KeyService } from "../keeper/keyService.ts";
import { readLines, writeLine } from "../keeper/lines.ts";
import {
  type Answer,
  answerOf,
  decodeReply,
  encodeRequest,
  type Operation,
  type Parameters,
} from "../keeper/protocol.ts";
import { unsealKeys } from "./unsealKeys.ts";

/** A keeper's ends of the pipes to the signer of sealed keys, as descriptors. */
export interface SignerPipes {
  readonly seeds: number;
  readonly requests: number;
  readonly answers: number;
}

export interface OpenSealedOptions {
  readonly plans: readonly [SealedKeyPlan, ...SealedKeyPlan[]];
  readonly stateFolder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The keeper's side of its signer. */
export interface SealedKeys {
  /** Unseals the keys and passes every request on from then. Throws as `unsealKeys`, and what the signer answers. */
  open(options: OpenSealedOptions): Promise<{ service: KeyService; opened: Answer<"open"> }>;
  /** There are no sealed keys to open: the signer ends. */
  release(): void;
}

/** @param onGone called when the signer has ended, by itself. */
export function sealedKeysOver(pipes: SignerPipes, onGone: () => void): SealedKeys {
  return {
    async open({ plans, stateFolder, environment }) {
      const deliver = (seed: Buffer) => void writeSync(pipes.seeds, seed);
      const unsealed = unsealKeys({ plans, stateFolder, environment, deliver });
      closeSync(pipes.seeds);
      const service = servedBy(connectionOver(pipes), onGone);
      const specs = plans.map(({ spec }) => spec);
      const { keys } = await service.open({ keys: specs, sessions: 1, stateFolder, callDeadlineMs: 1_000 });
      const opened = unsealed.map(({ name, attributes, ledgers, bindable }) => {
        const own = keys.find((key) => key.name === name)?.attributes;
        return { name, attributes: { ...attributes, ...own }, ledgers: [...ledgers], bindable };
      });
      return { service, opened: { keys: opened } };
    },
    release() {
      for (const descriptor of Object.values(pipes)) closeSync(descriptor);
    },
  };
}

function connectionOver({ requests, answers }: SignerPipes): Duplex {
  const writable = new Socket({ fd: requests, readable: false, writable: true });
  const readable = new Socket({ fd: answers, readable: true, writable: false });
  return Duplex.from({ readable, writable });
}

/** Asks the signer for each operation; it answers in order, or ends, and then so does the keeper. */
function servedBy(connection: Duplex, onGone: () => void): KeyService {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  const onLine = (line: string) => {
    const reply = decodeReply(line);
    const waiting = "id" in reply && reply.id !== null ? pending.get(reply.id) : undefined;
    if (!("id" in reply) || reply.id === null || !waiting)
      throw new AttestorError("internal", { reason: "no request" });
    pending.delete(reply.id);
    if ("error" in reply) waiting.reject(reply.error);
    else waiting.resolve(reply.result);
  };
  readLines(connection, { onLine, onEnd: onGone });
  const ask = async <O extends Operation>(op: O, parameters: Parameters<O>): Promise<Answer<O>> => {
    lastId += 1;
    const reply = Promise.withResolvers<unknown>();
    pending.set(lastId, reply);
    writeLine(connection, encodeRequest(lastId, op, parameters));
    return answerOf(op, await reply.promise);
  };
  return {
    open: (parameters) => ask("open", parameters),
    attest: (parameters) => ask("attest", parameters),
    checkpoint: (parameters) => ask("checkpoint", parameters),
    prove: (parameters) => ask("prove", parameters),
    ceremony: (parameters) => ask("ceremony", parameters),
    close: (parameters) => ask("close", parameters),
  };
}
