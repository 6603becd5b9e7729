import { settleGroup, type Waiting } from "../../settleGroup.ts";

/** One question to a provider. */
export interface Asked {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Most questions in one request: few enough for the limits of the usual providers (50 to 1,000), and for short answers. */
const mostTogether = 32;

interface WaitingQuestion<A> extends Waiting<A> {
  readonly question: Asked;
}

/**
 * Sends questions that are asked in one turn of the event loop together.
 *
 * @param send asks up to 32 of them; an answer or an error for each, in their order. What it throws is each one's fault.
 */
export function together<A>(
  send: (questions: readonly Asked[]) => Promise<readonly PromiseSettledResult<A>[]>,
): (question: Asked) => Promise<A> {
  let waiting: WaitingQuestion<A>[] = [];

  function sendAll(): void {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += mostTogether) {
      const group = all.slice(at, at + mostTogether);
      void settleGroup(group, () => send(group.map(({ question }) => question)));
    }
  }

  return (question) => {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    waiting.push({ question, resolve, reject });
    if (waiting.length === 1) setImmediate(sendAll);
    return promise;
  };
}
