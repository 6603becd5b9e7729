import type { z } from "zod";
import type { Clock } from "../../../shared/clock/index.ts";
import { AttestorError, faultName } from "../../../shared/errors/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";
import type { EvmChainConfig } from "../../config.ts";
import { TransportFault } from "../../exchange.ts";
import type { ChainObserver } from "../chain.ts";
import { createEndpoint, type Endpoint } from "../endpoint.ts";
import { quantity } from "./answers.ts";
import { createChainIdCheck } from "./chainId.ts";
import { type HeadSocket, openHeadSocket } from "./headSocket.ts";
import { createLogReader } from "./logReader.ts";
import { type EvmRpc, isRevert, revertReason } from "./rpc.ts";
import { connectionTo, type RpcReply } from "./transport.ts";

/** Most questions that one provider is asked at the same time; a hanging one is left alone from there on. */
const mostAtOnce = 512;

/** How long a WebSocket may be silent before it is taken for dead, in milliseconds; blocks are seconds apart. */
const longestSilence = 120_000;

/** One provider of one chain. */
export interface EvmEndpoint extends EvmRpc, Endpoint {
  /** Asks for its chain id. While that is a wrong one, every other question is refused. Throws as `request`. */
  chainId(): Promise<bigint>;
  /**
   * Asks for its chain id where that has to be asked again.
   *
   * @param turned called if it has come to serve another chain since it was asked last.
   * @throws AttestorError as `request`, `rpc_answer_unusable` while it serves another chain.
   */
  confirmChain(turned: () => void): Promise<void>;
  /** Opens its WebSocket, where it has one and is not put aside. */
  announceHeads(hint: () => void): void;
  close(): void;
}

/**
 * A provider over our own small JSON-RPC connection. What a provider says in an error may quote its address or a key, so
 * none of its texts leaves this file.
 */
export function createEvmEndpoint(
  config: EvmChainConfig,
  { label, url, ws, aside }: EvmChainConfig["providers"][number],
  observer: ChainObserver,
  clock: Pick<Clock, "now">,
): EvmEndpoint {
  const chain = config.name;
  const provider = label;
  const stop = new AbortController();
  const connection = connectionTo(url.reveal(), config.timeout, stop.signal);
  const chainId = createChainIdCheck(config.evmChainId, clock);
  let socket: HeadSocket | undefined;
  const { endpoint, asking } = createEndpoint({
    chain,
    label,
    aside,
    mostAtOnce,
    observer,
    announces: () => ws && (socket?.announces() ?? false),
    isAnswer: isRevert,
  });
  const { unusable, state } = endpoint;

  async function ask<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S) {
    let reply: RpcReply | undefined;
    try {
      reply = await connection(method, parameters);
    } catch (error) {
      const reason = stop.signal.aborted
        ? "closed"
        : error instanceof TransportFault
          ? error.message
          : faultName(error);
      throw new AttestorError("rpc_unreachable", { chain, provider, reason });
    }
    if (!reply || "error" in reply) throw unusable(answeredFault(method, reply?.error));
    const result = problemsOf(answer, reply.result);
    if ("value" in result) return result.value;
    const [first] = result.problems;
    throw unusable(`${method}: ${first?.path || "the result"} ${first?.reason ?? "is not valid"}`);
  }

  async function request<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S) {
    const otherChain = chainId.fault();
    if (otherChain !== undefined) throw unusable(otherChain);
    return asking(() => ask(method, parameters, answer));
  }

  return Object.assign(endpoint, {
    chain,
    request,
    logs: createLogReader(request, unusable, config.maximumRange),
    state: () => ({ ...state(), ...(chainId.fault() !== undefined && { fault: chainId.fault() }) }),
    chainId: () =>
      asking(async () => {
        const id = await ask("eth_chainId", [], quantity);
        chainId.said(id);
        return id;
      }),
    async confirmChain(turned: () => void) {
      if (!chainId.isDue()) return;
      await asking(async () => {
        if (chainId.said(await ask("eth_chainId", [], quantity))) turned();
        const otherChain = chainId.fault();
        if (otherChain !== undefined) throw unusable(otherChain);
      });
    },
    announceHeads(hint: () => void) {
      if (aside || !ws || stop.signal.aborted) return;
      const silenceMs = Math.max(longestSilence, 2 * config.pollInterval);
      socket ??= openHeadSocket(ws, { timeoutMs: config.timeout, silenceMs, onHead: hint });
    },
    close() {
      stop.abort();
      socket?.close();
    },
  });
}

/** What an answer that arrived says is wrong: the JSON-RPC error's code, never its text. */
function answeredFault(method: string, error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error) || typeof error.code !== "number") {
    return `${method}: the answer is not JSON-RPC`;
  }
  const message = "message" in error && typeof error.message === "string" ? error.message : "";
  // Geth, Anvil and Reth answer 3 to a revert (geth's errors.go), Nethermind -32015, others say so in the text.
  const reverted = error.code === 3 || error.code === -32015 || /execution reverted/i.test(message);
  return reverted ? revertReason : `${method}: JSON-RPC error ${error.code}`;
}
