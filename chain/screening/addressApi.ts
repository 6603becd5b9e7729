import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "../../shared/clock/index.ts";
import { faultName } from "../../shared/errors/index.ts";
import { list } from "../../shared/schema/index.ts";
import { exchange, TransportFault } from "../exchange.ts";
import { createOutages } from "./outages.ts";
import type { CannotTell, Finding, ScreenedAddress, ScreeningSource } from "./screening.ts";

/** Largest answer that is read, in bytes; real ones are below 10 kB. */
const largestAnswer = 1_048_576;
/** Longest time that a service's Retry-After is heeded, in seconds. */
const longestRest = 3_600;
/** File mode bits of everybody but owner and group. */
const openToOthers = 0o007;

/** What the answer has to hold: each identification is one reason why the address is sanctioned. */
const lookup = z.object({ identifications: list(z.object({ category: z.string() })) });

/** Why a look-up came to nothing, in words that quote neither address, key nor answer. */
class LookupFault extends Error {
  override readonly name = "LookupFault";
}

/**
 * Screens by Chainalysis' sanctions API: `GET {url}/api/public/v1/address/{address}` with the key in `X-API-Key` answers
 * 200 and `{"identifications": [...]}`, empty where the address is not sanctioned. Anything else is "can't tell".
 *
 * @param apiKeyFile read at each question, so that a new key needs no restart.
 * @param timeoutMs longest time for one look-up.
 */
export function createAddressApi(
  settings: {
    readonly name: string;
    readonly url: string;
    readonly apiKeyFile: string;
    readonly timeoutMs: number;
  },
  clock: Clock,
): ScreeningSource {
  const { name } = settings;
  const outages = createOutages(clock);

  async function screen(addresses: readonly ScreenedAddress[]): Promise<Finding | CannotTell> {
    try {
      const listed = await Promise.all(addresses.map(({ text }) => isListed(settings, text)));
      outages.answered();
      // The service names no version of its data, so the day of the question stands for it.
      const version = new Date(clock.now()).toISOString().slice(0, 10);
      return { source: name, version, result: listed.includes(true) ? "flagged" : "white" };
    } catch (error) {
      const isKnown = error instanceof LookupFault || error instanceof TransportFault;
      const reason = isKnown ? error.message : `an unexpected fault (${faultName(error)})`;
      const cannotTell = `the screening service ${name} can't be used: ${reason}`;
      outages.failed(cannotTell);
      const retryAfterMs = error instanceof TransportFault ? error.retryAfterSeconds * 1_000 : 0;
      return { cannotTell, ...(isKnown && { retryAfterMs }) };
    }
  }
  return { name, screen, state: () => ({ name, version: undefined, ...outages.state() }) };
}

async function isListed(settings: Parameters<typeof createAddressApi>[0], address: string): Promise<boolean> {
  const base = settings.url.replace(/\/+$/, "");
  const url = `${base}/api/public/v1/address/${encodeURIComponent(address)}`;
  const headers = { accept: "application/json", "x-api-key": readKey(settings.apiKeyFile) };
  const bounds = { timeoutMs: settings.timeoutMs, largestAnswer, longestRest };
  return readLookup(await exchange(url, { headers }, bounds));
}

/** Looks at the file that it reads, not at one of the same name. */
function readKey(file: string): string {
  let opened: number | undefined;
  let key: string;
  try {
    opened = openSync(file, "r");
    if ((fstatSync(opened).mode & openToOthers) !== 0)
      throw new LookupFault("its API key file is open to every user: chmod 600");
    key = readFileSync(opened, "utf8").trim();
  } catch (error) {
    if (error instanceof LookupFault) throw error;
    throw new LookupFault(`its API key file cannot be read (${faultName(error)})`);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new LookupFault("its API key file does not hold a key and nothing else");
}

function readLookup(body: Uint8Array): boolean {
  try {
    return lookup.parse(JSON.parse(Buffer.from(body).toString("utf8"))).identifications.length > 0;
  } catch {
    throw new LookupFault("its answer is not a list of identifications");
  }
}
