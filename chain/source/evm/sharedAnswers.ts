import type { z } from "zod";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { EvmRpc } from "./rpc.ts";

/**
 * The same questions, each asked once while it is unanswered: packets of one block, or of one transaction, that are read
 * again at the same time share the answer. Nothing is kept once it is answered.
 */
export function sharingAnswers<R extends EvmRpc>(rpc: R): R {
  const underWay = new Map<string, { readonly answer: z.ZodType; readonly result: Promise<unknown> }>();
  return {
    ...rpc,
    request<S extends z.ZodType>(method: string, parameters: readonly unknown[], answer: S, height?: number) {
      const question = stringifyJson([method, parameters, height ?? null]);
      const same = underWay.get(question);
      if (same?.answer === answer) return same.result as Promise<z.output<S>>;
      const result = rpc.request(method, parameters, answer, height);
      underWay.set(question, { answer, result });
      const end = () => {
        if (underWay.get(question)?.result === result) underWay.delete(question);
      };
      result.then(end, end);
      return result;
    },
  };
}
