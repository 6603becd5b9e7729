import { answerTooLarge, TransportFault } from "../../exchange.ts";
import { exchangeJson } from "../boundedAnswer.ts";
import { providerBounds } from "../providerBounds.ts";
import { type Asked, together } from "./questions.ts";

/** What a provider said to one question: its result, or the error object that it answered. */
export type RpcReply = { readonly result: unknown } | { readonly error: unknown };

/** Asks one method; undefined where what arrives is no JSON-RPC answer to the question. Throws TransportFault. */
export type AskMethod = (method: string, params: readonly unknown[]) => Promise<RpcReply | undefined>;

const headers = { "content-type": "application/json" };

/** How long no batch is sent after one that came to nothing, in milliseconds. */
const restMs = 60_000;

/** Methods whose answers may be long: a provider's limit for one of them must not spoil others. */
const alone: ReadonlySet<string> = new Set(["eth_getLogs"]);

/**
 * A JSON-RPC 2.0 connection over HTTP. Questions that are asked at about the same time go in one request (a "batch", section
 * 6 of the specification), as {@link exchangeJson} makes it. Not every provider takes batches, or large ones: after one that came
 * to nothing, questions go one by one for a while, and those of a batch that was refused are asked again so.
 *
 * @param timeoutMs longest time for one exchange.
 */
export function connectionTo(
  url: string,
  timeoutMs: number,
  stop: AbortSignal,
  now: () => number = () => performance.now(),
): AskMethod {
  const bounds = providerBounds(timeoutMs);
  let asked = 0;
  let restsUntil = Number.NEGATIVE_INFINITY;

  async function send(body: object): Promise<unknown> {
    const request = { method: "POST", headers, body: JSON.stringify(body) };
    const bytes = await exchangeJson(url, request, bounds, stop);
    try {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
    } catch {
      return undefined;
    }
  }

  function questionOf({ method, params }: Asked) {
    asked += 1;
    return { jsonrpc: "2.0", id: asked, method, params };
  }

  async function askAlone(one: Asked): Promise<RpcReply | undefined> {
    const question = questionOf(one);
    return replyIn(await send(question), question.id);
  }

  async function askTogether(
    questions: readonly Asked[],
  ): Promise<readonly PromiseSettledResult<RpcReply | undefined>[]> {
    const eachAlone = () => Promise.allSettled(questions.map(askAlone));
    if (questions.length === 1 || now() < restsUntil) return eachAlone();
    const batch = questions.map(questionOf);
    const answers = await send(batch).catch((error: unknown) => {
      if (error instanceof TransportFault && mayMindBatches(error)) return undefined;
      throw error;
    });
    if (!Array.isArray(answers)) {
      restsUntil = now() + restMs;
      return eachAlone();
    }
    const byId = new Map<unknown, unknown>(answers.map((answer) => [idOf(answer), answer]));
    return Promise.allSettled(batch.map(async ({ id }) => replyIn(byId.get(id), id)));
  }

  const askInBatch = together(askTogether);
  return (method, params) => (alone.has(method) ? askAlone({ method, params }) : askInBatch({ method, params }));
}

/**
 * Providers refuse batches, and long answers, with HTTP statuses of their own choice. Overload is no such refusal: there are
 * not more requests because of it.
 */
function mayMindBatches({ status, message }: TransportFault): boolean {
  const refused = status !== undefined && status >= 400 && status < 500 && status !== 429;
  return refused || message === answerTooLarge;
}

function idOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "id" in answer ? answer.id : undefined;
}

function replyIn(answer: unknown, id: number): RpcReply | undefined {
  if (typeof answer !== "object" || answer === null || !("id" in answer) || answer.id !== id) return undefined;
  if ("error" in answer && answer.error !== null) return { error: answer.error };
  return "result" in answer ? { result: answer.result } : undefined;
}
