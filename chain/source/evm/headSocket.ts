import type { Secret } from "../../../shared/config/index.ts";
import { type BackOff, faultBackOff, retryDelay } from "../../backOff.ts";

/** Longest message that is looked into, in characters; a block's header is below 4,000. */
const longestMessage = 65_536;
/** Most messages in one second; who sends more is hung up on, as reading them would be work for us. */
const mostMessages = 200;

/** A provider's WebSocket, kept open as long as the provider lets us. */
export interface HeadSocket {
  /** True while it has announced a block on this connection. */
  announces(): boolean;
  close(): void;
}

/**
 * Listens for new blocks (`eth_subscribe` with `newHeads`; geth, "Real-time events"). That there may be one is all that is
 * taken from a message: nothing in it is read, so a socket that lies, repeats itself or is silent decides nothing.
 *
 * @param options `timeoutMs`: longest time until it is open; `silenceMs`: longest time without any message, after which it
 * is taken for dead; `onHead`: called for each block.
 */
export function openHeadSocket(
  url: Secret,
  options: {
    readonly timeoutMs: number;
    readonly silenceMs: number;
    readonly onHead: () => void;
    readonly backOff?: BackOff;
  },
): HeadSocket {
  const { timeoutMs, silenceMs, onHead, backOff = faultBackOff } = options;
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let announces = false;
  let closed = false;

  const after = (milliseconds: number, act: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };

  function connect(): void {
    const rate = messageRate();
    const mine = new WebSocket(url.reveal());
    socket = mine;
    after(timeoutMs, hangUp);
    mine.onopen = () => {
      after(silenceMs, hangUp);
      mine.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] }));
    };
    mine.onmessage = ({ data }) => {
      after(silenceMs, hangUp);
      if (rate() > mostMessages) return hangUp();
      const message = kindOf(data);
      if (message === "refusal") return hangUp();
      if (message !== "head") return;
      failures = 0;
      announces = true;
      onHead();
    };
    mine.onerror = hangUp; // its text may quote the URL
    mine.onclose = hangUp;
  }

  /** Ends the connection, whatever state it is in, and comes back later. */
  function hangUp(): void {
    drop();
    after(retryDelay(backOff, failures, Math.random()), connect);
    failures += 1;
  }

  function drop(): void {
    clearTimeout(timer);
    announces = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // closing one that is not open yet is an error to it
    socket.close();
    socket = undefined;
  }

  connect();
  return {
    announces: () => announces && !closed,
    close() {
      closed = true;
      drop();
    },
  };
}

/** Counts the messages of the second in progress. */
function messageRate(): () => number {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    count = now === second ? count + 1 : 1;
    second = now;
    return count;
  };
}

function kindOf(data: unknown): "head" | "refusal" | "other" {
  if (typeof data !== "string" || data.length > longestMessage) return "other";
  try {
    const message = JSON.parse(data) as { method?: unknown; error?: unknown } | null;
    if (message?.method === "eth_subscription") return "head";
    return message?.error === undefined ? "other" : "refusal";
  } catch {
    return "other";
  }
}
