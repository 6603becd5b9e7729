import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { digestScheme } from "../../../shared/digest/index.ts";
import { parseJson } from "../../../shared/json/index.ts";
import { check } from "../../../shared/schema/index.ts";
import { attestationRequestSchema } from "../../../shared/wire/index.ts";
import { importHistory, type Reserved, readInterchange } from "../../../signer/ledger/index.ts";
import { type OpenLedger, temporaryLedger } from "./temporaryLedger.ts";

const folder = path.join(import.meta.dirname, "../../vectors");
const files = readdirSync(folder).filter((name) => /^ledger-interchange-.*\.json$/.test(name));

/** A step: an import that is taken or refused as a whole, or a request with how the ledger answers it. */
const vectorSchema = z.strictObject({
  about: z.string(),
  steps: z.array(
    z.union([
      z.strictObject({ import: z.unknown(), expect: z.strictObject({ outcome: z.enum(["imported", "refused"]) }) }),
      z.strictObject({
        request: attestationRequestSchema,
        expect: z.strictObject({
          outcome: z.enum(["sign", "stored", "denied"]),
          signature: z.string().optional(),
          code: z.string().optional(),
        }),
      }),
    ]),
  ),
});

async function importInto({ state }: OpenLedger, value: unknown): Promise<{ outcome: string }> {
  try {
    const document = readInterchange(value);
    await state.decide((transaction) => void importHistory(transaction, document, `0x${"00".repeat(32)}`));
    return { outcome: "imported" };
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(invalid_field|conflict)$/) });
    return { outcome: "refused" };
  }
}

async function ask(ledger: OpenLedger, request: z.output<typeof attestationRequestSchema>) {
  const digests = digestScheme("verulink-evm").digestOf(request.packet, request.verdict.result);
  return answerOf(
    await ledger.reserve({ ...request, ...digests, scheme: "verulink-evm", assurance: "claimed", client: "chain-a" }),
  );
}

function answerOf(reserved: Reserved) {
  if (reserved.state === "refused") return { outcome: "denied", code: reserved.code };
  if (reserved.state === "signed") return { outcome: "stored", signature: reserved.attestation.signature };
  return { outcome: "sign" };
}

describe("the ledger interchange format, step by step", () => {
  it("has vectors", () => expect(files.length).toBeGreaterThanOrEqual(5));

  it.each(files)("%s", async (name) => {
    const vector = check(vectorSchema, parseJson(readFileSync(path.join(folder, name), "utf8")), name);
    const { ledger } = temporaryLedger();
    const answers = [];
    for (const step of vector.steps) {
      answers.push("request" in step ? await ask(ledger, step.request) : await importInto(ledger, step.import));
    }
    expect(answers).toEqual(vector.steps.map(({ expect: expected }) => expected));
  });
});
