import { createServer } from "node:http";
import { expect, it } from "vitest";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createHttpService } from "../../../shared/http/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import type { Outcome } from "../../../signer/gate/index.ts";
import { answer } from "../../../signer/server/answers.ts";

async function answered(outcome: Outcome) {
  const logger = createLogger({ service: "signer", level: "error" });
  const service = createHttpService({ logger, createServer: (handler) => createServer(handler) });
  service.get("/", (_request, reply) => answer(reply, outcome));
  const { statusCode, headers, body } = await service.inject("/");
  await service.close();
  return {
    status: statusCode,
    retryAfter: headers["retry-after"],
    type: headers["content-type"],
    body: JSON.parse(body),
  };
}

it("answers a hold with 202, its reason and when to ask again", async () => {
  const inputs = { amount: "10" };
  expect(
    await answered({ outcome: "held", rule: "route", reason: "review", retryAfterSeconds: 60, inputs }),
  ).toMatchObject({
    status: 202,
    retryAfter: "60",
    body: { outcome: "held", reason: "review", rule: "route", inputs },
  });
});

it("keeps denied and failed apart, each with its rule and inputs", async () => {
  const rule = "route";
  const inputs = { field: "packet.version" };
  const denied = new AttestorError("denied", { rule, reason: "no", inputs });
  const failed = new AttestorError("failed", { rule, reason: "cannot tell" });
  expect(await answered({ outcome: "denied", rule, inputs, error: denied })).toMatchObject({
    status: 403,
    type: expect.stringContaining("application/problem+json"),
    retryAfter: undefined,
    body: { code: "denied", outcome: "denied", rule, inputs, status: 403 },
  });
  expect(await answered({ outcome: "failed", rule, inputs, error: failed })).toMatchObject({
    status: 503,
    retryAfter: "1",
    body: { code: "failed", outcome: "failed", rule, inputs, status: 503 },
  });
});
