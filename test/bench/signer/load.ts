/**
 * The load generator, a process of its own: keeps a number of requests under way until its time is over. Reads a plan
 * from standard input; writes `begin` and `end` when it begins and has ended to measure, then one line of JSON.
 *
 * It runs on the cores of what it measures, so it does as little as it honestly can: requests are written beforehand, and
 * of HTTP it reads what the signer writes. Every answer is read and its packet compared with the one asked for; a sample of
 * the signatures is verified when the measurement is over.
 */
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { TlsIdentity } from "../../../shared/tls/index.ts";
import { connectRaw } from "./rawExchange.ts";
import { type Destination, requestForm, sequenceText } from "./requests.ts";
import { type SampledAnswer, verifySample } from "./verifySample.ts";

/** Milliseconds before a client that was told to come again later does. */
const pauseMs = 100;

/** One in so many attestations is verified, and no more than `largestSample` of them. */
const sampled = 64;
const largestSample = 100;

export interface LoadPlan {
  readonly port: number;
  readonly identity: TlsIdentity;
  readonly pin: string;
  /** Addresses by which attestations may be signed. */
  readonly signers: readonly string[];
  /** Requests under way at a time, each on a connection of its own. */
  readonly concurrency: number;
  /** Attestations in a request; 1 for requests without a batch. */
  readonly batch: number;
  /** Destinations that are asked for in turn, by the connections or, in a batch, by its packets: 1, 2 or both. */
  readonly destinations: readonly Destination[];
  /** The first packet's number, which no run before has used. */
  readonly from: number;
  /** Attestations before it is measured. */
  readonly warmUp: number;
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
  /** How many signatures were verified. */
  readonly verified: number;
}

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const { port, identity, pin, concurrency, batch, destinations, warmUp, seconds } = plan;
  const times: number[] = [];
  const others: Record<string, number> = {};
  const sample: SampledAnswer[] = [];
  let [approved, before, next, longestMs] = [0, 0, plan.from, 0];
  let start = Number.POSITIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;

  const begin = () => {
    start = performance.now();
    end = start + seconds * 1_000;
    process.stdout.write("begin\n");
  };
  const count = ({ attestation, code, outcome }: AnswerBody, number: number, destination: Destination) => {
    if (!attestation) {
      const reason = code ?? outcome ?? "no code";
      others[reason] = (others[reason] ?? 0) + 1;
      return;
    }
    if (attestation.packet.sequence !== sequenceText(number)) throw new Error("another packet was attested");
    approved += 1;
    if (approved % sampled === 1 && sample.length < largestSample) sample.push({ attestation, number, destination });
  };
  const work = async (index: number) => {
    const connection = await connectRaw(port, identity, pin);
    const turn = (place: number) => destinations[place % destinations.length] ?? 1;
    const asked = Array.from({ length: batch }, (_, place) => turn(batch === 1 ? index : place));
    const form = requestForm(asked, batch > 1);
    const numbers = asked.map(() => 0);
    while (performance.now() < end) {
      for (const place of asked.keys()) numbers[place] = next++;
      const began = performance.now();
      const { status, body } = await connection.exchange(form.with(numbers));
      const took = performance.now() - began;
      const answers = bodiesIn(JSON.parse(body) as WholeBody, batch);
      longestMs = Math.max(longestMs, took);
      if (began >= start) {
        times.push(took);
        for (const [place, answer] of answers.entries()) count(answer, numbers[place] ?? 0, asked[place] ?? 1);
      } else {
        before += answers.filter(({ attestation }) => attestation).length;
        if (before < warmUp && status !== 200 && status !== 503) throw new Error(`nothing is attested (${status})`);
        if (before >= warmUp && start === Number.POSITIVE_INFINITY) begin();
      }
      if (status === 503) await pause(pauseMs);
    }
    connection.close();
  };
  if (warmUp === 0) begin();
  await Promise.all(Array.from({ length: concurrency }, (_, index) => work(index)));
  const took = (performance.now() - start) / 1_000;
  process.stdout.write("end\n");
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const figures = { medianMs: at(0.5), slowMs: at(0.99), longestMs };
  return { approved, others, seconds: took, ...figures, verified: verifySample(sample, plan.signers) };
}

interface AnswerBody {
  readonly outcome?: string;
  readonly code?: string;
  readonly attestation?: SampledAnswer["attestation"] & { readonly packet: { readonly sequence: string } };
}

interface WholeBody extends AnswerBody {
  /** Of a batch. */
  readonly answers?: readonly { readonly body: AnswerBody }[];
}

/** One body for each attestation of a request; a refusal of the whole request is one of each. */
function bodiesIn(body: WholeBody, batch: number): readonly AnswerBody[] {
  if (body.answers) return body.answers.map((answer) => answer.body);
  return batch === 1 ? [body] : Array.from({ length: batch }, () => body);
}

if (import.meta.main) {
  const result = await generate(JSON.parse(await text(process.stdin)) as LoadPlan);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
