import { z } from "zod";
import { name, printableAscii } from "../../shared/schema/index.ts";
import type { GateDesk } from "../gate/index.ts";
import { approvalSchema } from "../policy/index.ts";
import { clockAnswer, pauseAnswer, pausesAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idInPath, operatorOf } from "./holds.ts";

const pauseBody = z.strictObject({
  route: name.optional().meta({ description: "Everything is paused where none is named." }),
  note: printableAscii.meta({ description: "Why, for whoever reads it later." }),
});

const approvalBody = z.strictObject({ approval: approvalSchema });

/** What stops the gate for a route or for everything: one operator stops it, two let it go on. */
export function pauseEndpoints(desk: GateDesk): readonly Endpoint[] {
  return [
    endpoint({
      method: "GET",
      path: "/v1/pauses",
      allowed: ["operator", "audit"],
      summary: "List the pauses in force",
      answers: { 200: { description: "Every pause, the oldest first.", schema: pausesAnswer } },
      refusals: [],
      handle: async () => ok(await desk.pauses()),
    }),
    endpoint({
      method: "POST",
      path: "/v1/pauses",
      allowed: ["operator"],
      summary: "Pause a route, or everything",
      body: pauseBody,
      answers: { 200: { description: "It is paused.", schema: pauseAnswer } },
      refusals: ["not_found"],
      handle: async ({ caller, body: { route, note } }) => ok(await desk.pause(operatorOf(caller), route, note)),
    }),
    endpoint({
      method: "POST",
      path: "/v1/pauses/{id}/resume",
      allowed: ["operator"],
      summary: "End a pause, with a statement that two operators signed",
      params: idInPath,
      body: approvalBody,
      answers: { 200: { description: "The pause that is no more.", schema: pauseAnswer } },
      refusals: ["not_found", "conflict", "approval_refused"],
      handle: async ({ params, body }) => ok(await desk.resume(params.id, body.approval)),
    }),
    endpoint({
      method: "GET",
      path: "/v1/clock",
      allowed: ["operator", "audit"],
      summary: "Show whether the clock was set and nobody acknowledged it",
      answers: { 200: { description: "The jump that waits, or null.", schema: clockAnswer } },
      refusals: [],
      handle: async () => ok(await desk.clock()),
    }),
    endpoint({
      method: "POST",
      path: "/v1/clock/acknowledge",
      allowed: ["operator"],
      summary: "Believe the clock again, with a statement that two operators signed",
      body: approvalBody,
      answers: { 200: { description: "No jump waits any more.", schema: clockAnswer } },
      refusals: ["not_found", "approval_refused"],
      async handle({ body }) {
        await desk.acknowledgeClock(body.approval);
        return ok(await desk.clock());
      },
    }),
  ];
}
