import { expect, it } from "vitest";
import { AttestorError } from "../../../shared/errors/index.ts";
import { answerTo } from "../../../signer/server/answers.ts";

it("answers a hold with 202, its reason and when to ask again", () => {
  const inputs = { amount: "10" };
  expect(answerTo({ outcome: "held", rule: "route", reason: "review", retryAfterSeconds: 60, inputs })).toMatchObject({
    status: 202,
    retryAfterSeconds: 60,
    body: { outcome: "held", reason: "review", rule: "route", inputs },
  });
});

it("keeps denied and failed apart, each with its rule and inputs", () => {
  const rule = "route";
  const inputs = { field: "packet.version" };
  const denied = new AttestorError("denied", { rule, reason: "no", inputs });
  const failed = new AttestorError("failed", { rule, reason: "cannot tell" });
  expect(answerTo({ outcome: "denied", rule, inputs, error: denied })).toMatchObject({
    status: 403,
    mediaType: "application/problem+json",
    body: { code: "denied", outcome: "denied", rule, inputs, status: 403 },
  });
  expect(answerTo({ outcome: "failed", rule, inputs, error: failed })).toMatchObject({
    status: 503,
    retryAfterSeconds: 1,
    body: { code: "failed", outcome: "failed", rule, inputs, status: 503 },
  });
});
