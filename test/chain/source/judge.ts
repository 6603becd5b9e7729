import { AttestorError } from "../../../shared/errors/index.ts";

/** The truth, a refusal to say anything, or a lie that was believed. */
export async function judge<T>(asked: Promise<T>, isTrue: (value: T) => void): Promise<"true" | "refused"> {
  try {
    isTrue(await asked);
    return "true";
  } catch (error) {
    if (error instanceof AttestorError && error.code.startsWith("rpc_")) return "refused";
    throw error;
  }
}
