import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { interchangeText } from "../../signer/index.ts";
import type { SignerConnection } from "./signerConnection.ts";

const pageAnswer = z.object({
  ledger: z.string().regex(/^[0-9a-f]{32}$/),
  start: z.string(),
  at: z.iso.datetime(),
  watermarks: z.array(z.unknown()),
  records: z.array(z.unknown()),
  next: z.string().min(1).nullable(),
});

/**
 * Writes the history of a running signer's ledger in the interchange format. What was signed before the first answer is in
 * it; what is signed meanwhile may be.
 *
 * @param write gets the document in pieces, in order.
 * @throws AttestorError `conflict` if the signer was restarted meanwhile; what the connection throws.
 */
export async function writeRunningHistory(signer: SignerConnection, write: (piece: string) => void): Promise<void> {
  const ask = (query: string) => signer.ask(pageAnswer, "GET", `/v1/ledger/history${query}`);
  const first = await ask("");
  const { ledger, start } = first;
  const text = interchangeText({ ledger, exportedAt: first.at });
  const writeAll = (pieces: Iterable<string>) => write([...pieces].join(""));
  writeAll(text.begin(first.watermarks));
  for (let page = first; ; ) {
    writeAll(text.records(page.records));
    if (page.next === null) break;
    page = await ask(`?${new URLSearchParams({ after: page.next })}`);
    if (page.ledger !== ledger || page.start !== start) {
      throw new AttestorError("conflict", { reason: "the signer was restarted meanwhile: export again" });
    }
  }
  write(text.end());
}
