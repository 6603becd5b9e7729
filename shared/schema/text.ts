import { z } from "zod";

/** Printable ASCII, 1 to 128 characters: what a packet's string fields may hold. Nothing is trimmed or normalised. */
export const printableAscii = z
  .string({ error: "must be a string" })
  .regex(/^[\x20-\x7e]{1,128}$/, { error: "must be 1 to 128 printable ASCII characters" });

/** A name that people give to a thing of ours (deployment, route, client, key): also safe in paths, labels and URLs. */
export const name = z.string({ error: "must be a name" }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, {
  error: "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
});

/** `0x` and exactly `bytes` bytes of hex, returned in lower case. */
export function hexBytes(bytes: number) {
  return z
    .string({ error: `must be 0x and ${bytes * 2} hex digits` })
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`), { error: `must be 0x and ${bytes * 2} hex digits` })
    .transform((text) => text.toLowerCase() as `0x${string}`);
}

const unitMilliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `24h`, `90s`, `250ms`, returned in milliseconds. */
export const duration = z
  .string({ error: "must be a duration such as 24h, 90s or 250ms" })
  .transform((text, context) => {
    const milliseconds = millisecondsOf(text);
    if (milliseconds !== undefined) return milliseconds;
    context.addIssue({ code: "custom", message: "must be a duration such as 24h, 90s or 250ms" });
    return z.NEVER;
  });

/**
 * A duration from `shortest` to `longest`, both included: a poll interval of nothing would be a busy loop, and a time-out
 * beyond 24 days overflows Node's timers and ends at once.
 */
export function durationBetween(shortest: string, longest: string) {
  const [minimum, maximum] = [millisecondsOf(shortest) ?? 0, millisecondsOf(longest) ?? 0];
  return duration.refine((milliseconds) => milliseconds >= minimum && milliseconds <= maximum, {
    error: `must be from ${shortest} to ${longest}`,
  });
}

function millisecondsOf(text: string): number | undefined {
  const match = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  return Number(match[1]) * unitMilliseconds[match[2] as keyof typeof unitMilliseconds];
}
