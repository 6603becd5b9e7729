import fc from "fast-check";
import { stringifyJson } from "../../../shared/json/index.ts";
import { type Packet, packetToVerulinkWire } from "../../../shared/packet/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { samplePacket, sampleRequest } from "../samples.ts";

/** Plain data with a text of JSON: a number that no JavaScript number can be is written as it is. */
type Data = null | boolean | number | string | Raw | Data[] | { [key: string]: Data };
interface Raw {
  readonly raw: string;
}

/** A change to a value: where, as numbers that choose among what is there, and what comes into its place. */
interface Change {
  readonly path: readonly number[];
  readonly kind: "replace" | "remove" | "add";
  readonly key: string;
  readonly value: Data;
}

const oddNumber = fc.constantFrom(
  "1e400",
  "-0",
  "0x1",
  "1.0",
  "01",
  "9".repeat(400),
  `${2n ** 128n}`,
  `${2n ** 64n - 1n}`,
);

const oddValue: fc.Arbitrary<Data> = fc.oneof(
  fc.constantFrom<Data>(null, true, -1, 0, 255, 256, "", " ", "0", "-1", "\u0000", "é", "aleo1", [], {}),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 128 }),
  fc.bigInt({ min: 0n, max: 2n ** 130n }).map((value) => `${value}`),
  oddNumber.map((raw) => ({ raw })),
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as Data),
);

const oddKey = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "", "dryRun", "packet", "version", "chain_id"),
  fc.string({ maxLength: 30 }),
);

const change: fc.Arbitrary<Change> = fc.record({
  path: fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom("replace", "replace", "remove", "add"),
  key: oddKey,
  value: oddValue,
});

function changed(value: Data, { path: [step = 0, ...rest], kind, key, value: next }: Change): Data {
  if (typeof value !== "object" || value === null || "raw" in value) return kind === "remove" ? null : next;
  const entries = Object.entries(value);
  const at = entries.length === 0 ? undefined : entries[step % entries.length];
  if (kind === "add" && (rest.length === 0 || !at)) return withEntries(value, [...entries, [key, next]]);
  if (!at) return next;
  const [name, inner] = at;
  const others = (replaced: [string, Data][]) => entries.flatMap((entry) => (entry[0] === name ? replaced : [entry]));
  if (rest.length > 0)
    return withEntries(value, others([[name, changed(inner, { path: rest, kind, key, value: next })]]));
  return withEntries(value, others(kind === "remove" ? [] : [[name, next]]));
}

/** `Object.fromEntries` makes `__proto__` an own key, which is how it comes over the wire. */
function withEntries(like: Data, entries: [string, Data][]): Data {
  return Array.isArray(like) ? entries.map(([, item]) => item) : (Object.fromEntries(entries) as Data);
}

function textOf(data: Data): string {
  if (data === null || typeof data !== "object") return JSON.stringify(data);
  if (Array.isArray(data)) return `[${data.map(textOf).join(",")}]`;
  if ("raw" in data && typeof data.raw === "string" && Object.keys(data).length === 1) return data.raw;
  const entries = Object.entries(data).map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`);
  return `{${entries.join(",")}}`;
}

/** Few ids and few contents, so that some meet what was asked before. */
const packet: fc.Arbitrary<Packet> = fc
  .record({
    sequence: fc.oneof(fc.bigInt(1n, 12n), fc.bigInt(0n, 2n ** 64n - 1n)),
    height: fc.constantFrom(100n, 101n),
    amount: fc.constantFrom(10n, 11n, 2n ** 128n - 1n),
  })
  .map(({ amount, ...changes }) => samplePacket({ ...changes, message: { amount } }));

const asData = (value: unknown): Data => JSON.parse(stringifyJson(value)) as Data;

const requestData: fc.Arbitrary<Data> = fc
  .record({ packet, verdict: fc.constantFrom("white", "flagged"), dryRun: fc.constantFrom(undefined, true, false) })
  .map(({ packet: asked, verdict, dryRun }) =>
    asData({ ...attestationToWire({ ...sampleRequest({}, verdict as "white"), packet: asked }), dryRun }),
  );

const screenedData: fc.Arbitrary<Data> = fc
  .record({ packet, white: fc.boolean() })
  .map(({ packet: asked, white }) => asData({ packet: packetToVerulinkWire(asked), is_white: white }));

const spoilt = (data: fc.Arbitrary<Data>): fc.Arbitrary<Data> =>
  fc.tuple(data, fc.array(change, { maxLength: 3 })).map(([value, changes]) => changes.reduce(changed, value));

/** JSON text, sometimes cut short or with a stray character. */
const brokenText = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.nat(9), fc.nat(), fc.string({ unit: "binary", maxLength: 3 })).map(([whole, kind, at, stray]) => {
    const place = at % (whole.length + 1);
    if (kind === 0) return whole.slice(0, place);
    return kind === 1 ? whole.slice(0, place) + stray + whole.slice(place) : whole;
  });

/** Bodies of `POST /v1/attestations`. */
export const fuzzedRequest = brokenText(spoilt(requestData).map(textOf));

/** Bodies of `POST /v1/attestations/batch`. */
export const fuzzedBatch = brokenText(
  fc
    .oneof(
      {
        weight: 6,
        arbitrary: fc.array(spoilt(requestData), { maxLength: 10 }).map((requests): Data => ({ requests })),
      },
      { weight: 1, arbitrary: spoilt(fc.array(requestData, { maxLength: 3 }).map((requests): Data => ({ requests }))) },
      { weight: 1, arbitrary: fc.integer({ min: 250, max: 260 }).map((n): Data => ({ requests: Array(n).fill(1) })) },
    )
    .map(textOf),
);

/** Bodies of `POST /sign`. */
export const fuzzedScreenedPacket = brokenText(spoilt(screenedData).map(textOf));

/** What may stand in a request's `Content-Type`. */
export const fuzzedMediaType = fc.oneof(
  { weight: 3, arbitrary: fc.constant("application/json") },
  fc.constantFrom(undefined, "", "application/json; charset=utf-16", "text/plain", "a/b;;", "*/*", "application/jsonx"),
  fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
);

const token = fc.string({ unit: fc.constantFrom(..."abcXYZ-_.!0129"), minLength: 1, maxLength: 20 });

/** A header line, right or wrong, without its end. */
export const fuzzedHeader = fc.oneof(
  fc.tuple(token, fc.string({ unit: "grapheme-ascii", maxLength: 200 })).map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    "transfer-encoding: chunked",
    "transfer-encoding: gzip, chunked",
    "content-length: 1",
    "content-length: -1",
    "content-length: 99999999999999999999",
    "expect: 100-continue",
    "expect: a miracle",
    "upgrade: websocket",
    "connection: close, upgrade",
    "host: a\r\nhost: b",
    "x-forwarded-for: 1.2.3.4",
    "accept: application/xml",
    "content-encoding: gzip",
    `x: ${"a".repeat(20_000)}`,
    " folded: header",
    "no colon",
    "\u0000: x",
  ),
);
