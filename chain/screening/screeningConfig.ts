import { z } from "zod";
import { filePath, type ResolvePath } from "../../shared/config/index.ts";
import { durationBetween, name } from "../../shared/schema/index.ts";

/** The API key and the addresses of our users travel there, so plain HTTP is for loopback alone. */
const serviceUrl = z
  .string({ error: "must be a URL" })
  .refine((text) => isHttps(URL.parse(text)), { error: "must be an https URL (http on loopback only)" })
  .refine((text) => !/[?#@]/.test(text), { error: "must not hold a query, a fragment or credentials" });

function isHttps(url: URL | null): boolean {
  return url?.protocol === "https:" || (url?.protocol === "http:" && /^(127\.|localhost$|\[::1\]$)/.test(url.hostname));
}

/** Every screening source of the configuration, told apart by `kind`. */
export function screeningSettings(resolvePath: ResolvePath) {
  const list = z.strictObject({ kind: z.literal("list"), name, list: filePath(resolvePath) });
  const service = z.strictObject({
    kind: z.literal("chainalysis-api"),
    name,
    url: serviceUrl,
    apiKeyFile: filePath(resolvePath),
    timeout: durationBetween("100ms", "1m").default(10_000),
  });
  const oracle = z.strictObject({ kind: z.literal("oracle"), name, chain: name, contract: z.string() });
  return z.array(z.discriminatedUnion("kind", [list, service, oracle])).min(1);
}
export type ScreeningSettings = z.output<ReturnType<typeof screeningSettings>>;
