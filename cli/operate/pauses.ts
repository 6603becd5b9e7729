import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import type { SignerConnection } from "./signerConnection.ts";

export const pauseView = z.object({
  id: z.string(),
  scope: z.string(),
  route: z.string().nullable(),
  by: z.string(),
  note: z.string(),
  since: z.string(),
  object: z.string(),
});
export type PauseView = z.output<typeof pauseView>;

const pausesView = z.object({ fileIsThere: z.boolean(), pauses: z.array(pauseView) });
export type Pauses = z.output<typeof pausesView>;

export const clockView = z.object({
  jump: z.object({ id: z.string(), milliseconds: z.string(), object: z.string() }).nullable(),
});

export function pausesOf(signer: SignerConnection): Promise<Pauses> {
  return signer.ask(pausesView, "GET", "/v1/pauses");
}

/** @throws AttestorError `not_found`. */
export async function pauseOf(signer: SignerConnection, id: string): Promise<PauseView> {
  const found = (await pausesOf(signer)).pauses.find((each) => each.id === id);
  if (!found) throw new AttestorError("not_found", { what: `pause ${id}; \`attestor pause list\` shows them` });
  return found;
}

/** What a pause stops, for a person. */
export function scopeText({ scope, route }: Pick<PauseView, "scope" | "route">): string {
  return route === null ? scope : `${route} (${scope})`;
}
