import { z } from "zod";
import type { PeerAnswer } from "../shared/tls/index.ts";
import type { Reason } from "./store/index.ts";

const problem = z.object({ code: z.string().max(64), detail: z.string() });

/** Longest sentence of a peer that is kept. */
const longestDetail = 500;

/** What a peer's refusal says: its problem document (RFC 9457), or just the status where it sent none. */
export function refusalOf(peer: string, { status, body }: PeerAnswer): Reason {
  const parsed = problem.safeParse(body);
  if (!parsed.success) return { code: "peer_answer_unusable", text: `The ${peer} answered HTTP ${status}.` };
  return { code: parsed.data.code, text: parsed.data.detail.slice(0, longestDetail) };
}

/** How long a peer asks to be left alone, in milliseconds; 0 where it does not say. */
export function retryAfterOf({ retryAfterSeconds }: PeerAnswer): number {
  return Math.min(Math.max(retryAfterSeconds ?? 0, 0), 3_600) * 1_000;
}
