import { AttestorError } from "../../../shared/errors/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { type AttestationRequest, attestationToWire } from "../../../shared/wire/index.ts";
import type { Random } from "../../support/random.ts";
import type { Asking } from "./asking.ts";
import type { Received } from "./received.ts";

/** How many requests each client has open at a time. */
const parallel = 6;

export interface LoadParts {
  readonly random: Random;
  readonly asking: Asking;
  readonly received: Received;
  /** Takes the checkpoints that the auditor was given. */
  readonly keepCheckpoints: (checkpoints: readonly unknown[]) => void;
}

/** Clients that ask as fast as they are answered, until nobody answers. */
export interface Load {
  /** Answers so far. */
  answers(): number;
  /** Resolves when every client has given up, with the number of requests that were never answered. */
  readonly ended: Promise<number>;
}

/** @param clients by name; the last one is the auditor too. */
export function startLoad(parts: LoadParts, clients: ReadonlyMap<string, PinnedClient>): Load {
  let answers = 0;
  const workers = [...clients].flatMap(([name, client]) =>
    Array.from({ length: parallel }, () => work(parts, name, client, () => ++answers)),
  );
  const auditor = [...clients.values()].at(-1);
  const audits = auditor ? [pullCheckpoints(parts, auditor)] : [];
  const ended = Promise.all(workers).then(async (cutOff) => {
    await Promise.all(audits);
    return cutOff.reduce((sum, each) => sum + each, 0);
  });
  return { answers: () => answers, ended };
}

async function work(parts: LoadParts, name: string, client: PinnedClient, onAnswer: () => void): Promise<number> {
  for (;;) {
    const request = parts.asking.next(name);
    if (!(await ask(parts, client, request))) return 1;
    onAnswer();
    if (parts.random.next() < 0.1 && !(await read(parts, client, request))) return 0;
  }
}

/** @returns false if there was no answer. */
export async function ask(
  { asking, received }: Pick<LoadParts, "asking" | "received">,
  client: PinnedClient,
  request: AttestationRequest,
): Promise<boolean> {
  const answer = await answerOf(client.request("POST", "/v1/attestations", attestationToWire(request)));
  if (answer) received.answer(request, answer);
  else asking.remember(request);
  return answer !== undefined;
}

async function read({ received }: LoadParts, client: PinnedClient, { packet }: AttestationRequest): Promise<boolean> {
  const { source, destination, sequence } = packet;
  const path = `/v1/attestations/${source.chainId}/${destination.chainId}/${sequence}`;
  const answer = await answerOf(client.request("GET", path));
  if (answer) received.read(answer);
  return answer !== undefined;
}

async function pullCheckpoints({ keepCheckpoints }: LoadParts, auditor: PinnedClient): Promise<void> {
  let after = "0";
  for (;;) {
    const answer = await answerOf(auditor.request("GET", `/v1/audit/checkpoints?after=${after}`));
    if (!answer) return;
    const { checkpoints } = answer.body as { checkpoints: { size: string }[] };
    keepCheckpoints(checkpoints);
    after = checkpoints.at(-1)?.size ?? after;
  }
}

/** Undefined if the signer was killed before it answered. */
async function answerOf<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AttestorError && error.code === "peer_unreachable") return undefined;
    throw error;
  }
}
