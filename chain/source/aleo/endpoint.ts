import type { z } from "zod";
import { type Plaintext, parsePlaintext } from "../../../shared/aleo/index.ts";
import { AttestorError, isAttestorError } from "../../../shared/errors/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";
import { faultBackOff, retryDelay } from "../../backOff.ts";
import type { AleoChainConfig } from "../../config.ts";
import { TransportFault } from "../../exchange.ts";
import { exchangeJson } from "../boundedAnswer.ts";
import type { Block, ChainObserver } from "../chain.ts";
import { createEndpoint, type Endpoint } from "../endpoint.ts";
import { providerBounds } from "../providerBounds.ts";
import { blockAnswer, mappingAnswer, programAnswer, smallNumber } from "./answers.ts";

/** Most questions that one provider is asked at the same time; a hanging one is left alone from there on. */
const mostAtOnce = 64;

/** Nodes know the first, the public interface the second as well. */
const heightRoutes = ["block/height/latest", "latest/height"] as const;

/** A block with the network that it says it belongs to. */
export interface AleoBlock extends Block {
  readonly network: number;
}

/** One entry of a program's mapping. */
export interface MappingKey {
  readonly program: string;
  readonly mapping: string;
  /** As the interface writes it: without blanks. */
  readonly key: string;
}

/** A value, and the height that the node had when it was read; undefined where it does not tell. */
export interface MappingValue {
  readonly value: Plaintext | undefined;
  readonly height: number | undefined;
}

/**
 * One provider of an Aleo chain. Methods throw AttestorError `rpc_unreachable` or `rpc_answer_unusable`, which name chain and
 * label, nothing else.
 */
export interface AleoEndpoint extends Endpoint {
  latestHeight(): Promise<number>;
  /** Undefined where the node has no such block. */
  block(height: number): Promise<AleoBlock | undefined>;
  /**
   * Reads one entry as it is now; the value is undefined where there is none.
   *
   * @param atLeast a height that the node must have reached: an older state proves no absence.
   */
  mappingValue(where: MappingKey, atLeast: number): Promise<MappingValue>;
  /** The program's text, undefined where the node has no such program. */
  program(id: string): Promise<string | undefined>;
  close(): void;
}

/** A provider by plain HTTP. One that answers 429 is left alone for as long as it says, or ever longer. */
export function createAleoEndpoint(
  config: AleoChainConfig,
  { label, url, aside }: AleoChainConfig["providers"][number],
  observer: Pick<ChainObserver, "exchange">,
): AleoEndpoint {
  const chain = config.name;
  const provider = label;
  const stop = new AbortController();
  const bounds = providerBounds(config.timeout);
  let refusals = 0;
  let restUntil = 0;
  let heightRoute: string | undefined;
  const resting = () => (performance.now() < restUntil ? "HTTP 429, it is left alone for a while" : undefined);
  const { endpoint, asking } = createEndpoint({ chain, label, aside, mostAtOnce, observer, resting });
  const { unusable } = endpoint;

  async function ask<S extends z.ZodType>(path: string, answer: S, query?: string): Promise<z.output<S> | undefined> {
    let body: Uint8Array;
    try {
      const address = addressOf(url.reveal(), `${config.network}/${path}`, query);
      body = await exchangeJson(address, { method: "GET" }, bounds, stop.signal);
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      if (error.status === 404) return undefined;
      if (error.status === 429) rest(error.retryAfterSeconds);
      const reason = stop.signal.aborted ? "closed" : error.message;
      throw new AttestorError("rpc_unreachable", { chain, provider, reason });
    }
    refusals = 0;
    const what = path.split("/", 1)[0];
    const json = parsed(body);
    if (json === undefined) throw unusable(`${what}: the answer is not JSON`);
    const result = problemsOf(answer, json);
    if ("value" in result) return result.value;
    const [first] = result.problems;
    throw unusable(`${what}: ${first?.path || "the answer"} ${first?.reason ?? "is not valid"}`);
  }

  function rest(seconds: number): void {
    const wait = retryDelay(faultBackOff, refusals, 0);
    refusals += 1;
    restUntil = performance.now() + Math.max(wait, seconds * 1_000);
  }

  const get = <S extends z.ZodType>(path: string, answer: S, query?: string): Promise<z.output<S> | undefined> =>
    asking(() => ask(path, answer, query));

  async function latestHeight(): Promise<number> {
    for (const route of heightRoute === undefined ? heightRoutes : [heightRoute]) {
      const height = await get(route, smallNumber);
      if (height === undefined) continue;
      heightRoute = route;
      return height;
    }
    heightRoute = undefined;
    throw unusable("it does not tell its height");
  }

  async function mappingValue({ program, mapping, key }: MappingKey, atLeast: number): Promise<MappingValue> {
    const path = `program/${program}/mapping/${mapping}/${encodeURIComponent(key)}`;
    const answer = await get(path, mappingAnswer, "metadata=true");
    if (!answer) throw unusable(`program: it does not know the mapping ${mapping}`);
    if (answer.height !== undefined && answer.height < atLeast) {
      throw unusable(`program: the answer is of block ${answer.height}, before block ${atLeast}`);
    }
    const value = answer.data === null ? undefined : readValue(answer.data, mapping);
    return { value, height: answer.height };
  }

  function readValue(text: string, mapping: string): Plaintext {
    try {
      return parsePlaintext(text, mapping);
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      throw unusable(`program: ${error.message}`);
    }
  }

  /** Nodes answer 500 where there is no such program, and where they are broken. */
  async function program(id: string): Promise<string | undefined> {
    try {
      return await get(`program/${id}`, programAnswer);
    } catch (error) {
      if (!isAttestorError(error, "rpc_unreachable") || error.data.reason !== "HTTP 500") throw error;
      throw unusable(`program: HTTP 500; is ${id} the right name?`);
    }
  }

  return Object.assign(endpoint, {
    latestHeight,
    async block(height: number) {
      const answer = await get(`block/${height}`, blockAnswer);
      if (!answer) return undefined;
      const { metadata } = answer.header;
      if (metadata.height !== height) throw unusable("block: a block of another height");
      const { network, timestamp } = metadata;
      return { height, hash: answer.block_hash, parentHash: answer.previous_hash, timestamp, network };
    },
    mappingValue,
    program,
    close: () => stop.abort(),
  });
}

/** The configured URL may end in a slash and may carry an access key in its query. */
function addressOf(base: string, path: string, query: string | undefined): string {
  const address = new URL(base);
  address.pathname = `${address.pathname.replace(/\/+$/, "")}/${path}`;
  if (query !== undefined) address.search = address.search === "" ? query : `${address.search}&${query}`;
  return address.href;
}

/** @returns undefined where the body is no JSON; `null` is JSON. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
