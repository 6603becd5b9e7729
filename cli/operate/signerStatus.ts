import { z } from "zod";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import type { SignerConnection } from "./signerConnection.ts";

const statusAnswer = z.object({
  ledger: z.string(),
  start: z.string(),
  startedAt: z.string(),
  ready: z.boolean(),
  reasons: z.array(z.string()),
  clients: z.array(
    z.object({
      name: z.string(),
      newest: z.string(),
      at: z.string().optional(),
      operators: z.array(z.string()).optional(),
    }),
  ),
  rollbacks: z.array(
    z.object({
      client: z.string(),
      deployment: z.string(),
      packet: z.string(),
      digest: z.string(),
      presence: z.string(),
      provedAt: z.string(),
    }),
  ),
});
/** What a signer says of its clients since its start. */
export type SignerStatus = z.output<typeof statusAnswer>;

export function statusOf(signer: SignerConnection): Promise<SignerStatus> {
  return signer.ask(statusAnswer, "GET", "/v1/status");
}

/** Whether the signer can sign, a row for each client, and what proves that the ledger is an older copy. */
export function describeSigner({ ready, reasons, start, startedAt, clients, rollbacks }: SignerStatus): string {
  const rows = clients.map(({ name, newest, at, operators }) => [
    `  ${name}`,
    newest === "missing" ? styled("red", newest) : newest,
    operators ? `${at} by ${operators.join(", ")}` : (at ?? meaning[newest] ?? ""),
  ]);
  const proofs = rollbacks.map(
    ({ client, deployment, packet, presence, provedAt }) =>
      `  ${styled("red", "older copy")}  ${client} holds packet ${packet} of ${deployment}, ${presence} in the ledger, since ${provedAt}\n`,
  );
  const state = ready ? styled("green", "ready") : styled("red", "not ready");
  const why = reasons.map((reason) => `  ${styled("red", reason)}\n`).join("");
  return `${styled("bold", `start ${start}`)} of ${startedAt}  ${state}\n${why}${proofs.join("")}${table(rows)}`;
}

const meaning: Readonly<Record<string, string>> = {
  missing: "has not shown its newest attestations",
  exempt: "cannot show anything (operation verulink)",
  added: "came with a policy after the start",
};
