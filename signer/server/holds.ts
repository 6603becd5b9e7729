import { z } from "zod";
import { hashText } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { unsigned } from "../../shared/schema/index.ts";
import type { GateDesk } from "../gate/index.ts";
import type { Operator } from "../policy/index.ts";
import { droppedAnswer, holdAnswer, holdsAnswer, releasedAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import type { Caller } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** A row's id in a path. */
export const idInPath = z.strictObject({ id: unsigned(64).transform(Number) });

const action = z.strictObject({
  digest: hashText.meta({
    description: "The digest that the operator looked at: it stands for packet and verdict.",
  }),
});

/** What waits for operators, and what they say of it. Each acts under their own certificate. */
export function holdEndpoints(desk: GateDesk): readonly Endpoint[] {
  return [
    endpoint({
      method: "GET",
      path: "/v1/holds",
      allowed: ["operator", "audit"],
      summary: "List what waits for review, for its announced time or for agreement",
      query: z.strictObject({ after: unsigned(64).transform(Number).optional() }),
      answers: {
        200: {
          description:
            "Up to 100 holds with an id above `after`, in order, and up to 100 packets that wait for agreement.",
          schema: holdsAnswer,
        },
      },
      refusals: [],
      handle: ({ query: { after = 0 } }) => ok(desk.holds(after)),
    }),
    endpoint({
      method: "GET",
      path: "/v1/holds/{id}",
      allowed: ["operator", "audit"],
      summary: "Show one hold",
      params: idInPath,
      answers: { 200: { description: "The hold.", schema: holdAnswer } },
      refusals: ["not_found"],
      handle: ({ params }) => ok(desk.hold(params.id)),
    }),
    endpoint({
      method: "POST",
      path: "/v1/holds/{id}/release",
      allowed: ["operator"],
      summary:
        "Approve a hold for review, or a dropped one; it takes two operators, neither of whom asked for the packet",
      params: idInPath,
      body: action,
      answers: {
        200: { description: "Whose approval counts now, and whether they are enough.", schema: releasedAnswer },
      },
      refusals: ["not_found", "conflict", "failed"],
      handle: async ({ caller, params, body }) =>
        ok(await desk.release({ operator: operatorOf(caller), pin: caller.peer.pin, ...params, ...body })),
    }),
    endpoint({
      method: "POST",
      path: "/v1/holds/{id}/drop",
      allowed: ["operator"],
      summary: "Drop a hold: its content is denied from now on",
      params: idInPath,
      body: action,
      answers: { 200: { description: "It is dropped.", schema: droppedAnswer } },
      refusals: ["not_found", "conflict"],
      async handle({ caller, params, body }) {
        const operator = operatorOf(caller);
        await desk.drop({ operator, pin: caller.peer.pin, ...params, ...body });
        return ok({ droppedBy: operator.name });
      },
    }),
  ];
}

/** The operator whose certificate a request came with. @throws AttestorError `denied` for a client. */
export function operatorOf(caller: Caller): Operator {
  if (caller.kind === "operator") return caller.operator;
  const inputs = { client: caller.peer.name, needed: "operator" };
  throw new AttestorError("denied", { rule: "client_rights", reason: "only an operator may do this", inputs });
}
