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
  custody: z.object({ "sealed-software": z.array(z.string()) }).optional(),
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
export function describeSigner(status: SignerStatus): string {
  const { ready, reasons, custody, start, startedAt, clients, rollbacks } = status;
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
  const sealed = custody?.["sealed-software"].join(", ");
  const label =
    sealed === undefined ? "" : `  ${styled("yellow", "sealed-software")}  ${sealed} (signs OUTSIDE the HSM)\n`;
  return `${styled("bold", `start ${start}`)} of ${startedAt}  ${state}\n${label}${why}${proofs.join("")}${table(rows)}`;
}

const meaning: Readonly<Record<string, string>> = {
  missing: "has not shown its newest attestations",
  exempt: "cannot show anything (operation verulink)",
  added: "came with a policy after the start",
};
