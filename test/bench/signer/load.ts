/**
 * The load generator, a process of its own: keeps a number of requests under way until its time is over. Reads a plan
 * from standard input; writes `begin` when it is warm, then one line of JSON.
 */
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { createPinnedClient, type TlsIdentity } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { addresses, sampleRequest } from "../../signer/samples.ts";

/** Milliseconds before a client that was told to come again later does. */
const pauseMs = 100;

export interface LoadPlan {
  readonly port: number;
  readonly identity: TlsIdentity;
  readonly pin: string;
  /** Requests under way at a time, each on a connection of its own. */
  readonly concurrency: number;
  /** Attestations in a request; 1 for requests without a batch. */
  readonly batch: number;
  /** Destinations that are asked for in turn: 1, 2 or both. */
  readonly destinations: readonly (1 | 2)[];
  /** The first sequence, which no run before has used. */
  readonly from: number;
  readonly seconds: number;
}

export interface LoadResult {
  /** Attestations that came while it was measured. */
  readonly approved: number;
  /** Other answers, by their code. */
  readonly others: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly medianMs: number;
  readonly slowMs: number;
  /** Of all answers, those before it was measured too. */
  readonly longestMs: number;
  /** The first sequence that was not used. */
  readonly next: number;
}

/** Seconds before it is measured: connections are made, code is compiled. */
const warmUp = 1;

const services = { 1: addresses.sourceService, 2: addresses.destinationService };

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const { port, identity, pin, concurrency, batch, destinations, seconds } = plan;
  const client = createPinnedClient({
    ...{ peer: "signer", baseUrl: `https://127.0.0.1:${port}`, identity, pin, timeoutMs: 60_000 },
  });
  const start = performance.now() + warmUp * 1_000;
  const end = start + seconds * 1_000;
  const times: number[] = [];
  const others: Record<string, number> = {};
  let [approved, next, longestMs] = [0, plan.from, 0];

  const request = () => {
    const destination = destinations[next % destinations.length] ?? 1;
    const source = destination === 1 ? 2 : 1;
    next += 1;
    return attestationToWire(
      sampleRequest({
        sequence: BigInt(next),
        source: { chainId: BigInt(source), address: services[source] },
        destination: { chainId: BigInt(destination), address: services[destination] },
      }),
    );
  };
  const ask = () =>
    batch === 1
      ? client.request("POST", "/v1/attestations", request())
      : client.request("POST", "/v1/attestations/batch", { requests: Array.from({ length: batch }, request) });
  const work = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      const { status, body } = await ask();
      const codes = codesIn(body, batch);
      longestMs = Math.max(longestMs, performance.now() - began);
      if (status === 503) await pause(pauseMs);
      if (began < start) continue;
      times.push(performance.now() - began);
      for (const code of codes) {
        if (code === "approved") approved += 1;
        else others[code] = (others[code] ?? 0) + 1;
      }
    }
  };
  setTimeout(() => process.stdout.write("begin\n"), warmUp * 1_000);
  await Promise.all(Array.from({ length: concurrency }, work));
  client.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const took = (performance.now() - start) / 1_000;
  return { approved, others, seconds: took, medianMs: at(0.5), slowMs: at(0.99), longestMs, next };
}

interface AnswerBody {
  readonly outcome?: string;
  readonly code?: string;
  readonly attestation?: object;
  /** Of a batch. */
  readonly answers?: readonly { readonly body: AnswerBody }[];
}

/** What became of each attestation: `approved`, or the code of a refusal. */
function codesIn(body: unknown, batch: number): string[] {
  const { answers, attestation, code, outcome } = body as AnswerBody;
  if (answers) return answers.flatMap((answer) => codesIn(answer.body, 1));
  return Array<string>(batch).fill(attestation ? "approved" : (code ?? outcome ?? "no code"));
}

if (import.meta.main) {
  const result = await generate(JSON.parse(await text(process.stdin)) as LoadPlan);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
