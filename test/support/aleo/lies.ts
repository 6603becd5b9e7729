import type { RestAnswer, RestRequest } from "../../../cli/up/aleoStandIn/index.ts";
import type { Behaviour } from "../../../cli/up/aleoStandIn/rest.ts";
import { formatBlockHash } from "../../../shared/aleo/index.ts";

type Said = Record<string, unknown>;

const isPacket = ({ path }: RestRequest) => path.includes("/mapping/out_packets/");
const isCounter = ({ path }: RestRequest) => path.includes("/mapping/sequences/");
const isConsumed = ({ path }: RestRequest) => path.includes("/mapping/in_packet_consumed/");
const isMapping = ({ path }: RestRequest) => path.includes("/mapping/");
const isBlock = ({ path }: RestRequest) => /^block\/[0-9]+$/.test(path);
const isHeight = ({ path }: RestRequest) => path === "block/height/latest" || path === "latest/height";

/** Changes what the node says to certain questions. */
const changed =
  (wanted: (request: RestRequest) => boolean, change: (json: unknown) => unknown): Behaviour =>
  (request, honest) => {
    if (!wanted(request)) return undefined;
    const answer = honest();
    return answer.status === 200 ? { ...answer, json: change(answer.json) } : undefined;
  };

/** Changes the text of a mapping's value, where there is one. */
const otherText = (wanted: (request: RestRequest) => boolean, change: (text: string) => string | null): Behaviour =>
  changed(wanted, (json) => {
    const { data, ...rest } = json as Said;
    return { ...rest, data: typeof data === "string" ? change(data) : data };
  });

const otherMetadata = (change: (metadata: Said) => Said): Behaviour =>
  changed(isBlock, (json) => {
    const block = json as { header: { metadata: Said } };
    return { ...block, header: { ...block.header, metadata: change(block.header.metadata) } };
  });

const always =
  (answer: RestAnswer): Behaviour =>
  () =>
    answer;

const otherHash = formatBlockHash(new Uint8Array(32).fill(0x66));

/** Changes one field of each packet, by the text in front of its value. */
export const otherField = (pattern: RegExp, value: string): Behaviour =>
  otherText(isPacket, (text) => text.replace(pattern, (found) => found.replace(/[^ ]+$/, value)));

/** Fields of a packet, each with another value of the same type. */
export const otherFields: Readonly<Record<string, Behaviour>> = {
  version: otherField(/version: [^,\n]+/, "2u8"),
  sequence: otherField(/sequence: [^,\n]+/, "99u64"),
  "source.chain_id": otherField(/chain_id: [^,\n]+/, "9u128"),
  "message.amount": otherField(/amount: [^,\n]+/, "999u128"),
  height: otherField(/height: [^,\n]+/, "1u64"),
  "one byte of the receiver": otherText(isPacket, (text) => text.replace(/([0-9]+)u8(\s+\]\s+\},\s+height)/, "7u8$2")),
  "the padding of the receiver": otherText(isPacket, (text) => text.replace(/(receiver_address: \[\s+)0u8/, "$11u8")),
};

/** Every way in which a node lies or fails, by name. */
export const aleoLies: Readonly<Record<string, Behaviour>> = {
  "knows no packets": otherText(isPacket, () => null),
  "knows neither packets nor their count": otherText(
    (request) => isPacket(request) || isCounter(request),
    () => null,
  ),
  "counts one packet less": otherText(isCounter, (text) => `${BigInt(text.slice(0, -3)) - 1n}u64`),
  "counts one packet more": otherText(isCounter, (text) => `${BigInt(text.slice(0, -3)) + 1n}u64`),
  "invents every packet": changed(isPacket, (json) => ({ ...(json as Said), data: "{\n  height: 1u64\n}" })),
  "says that everything is consumed": changed(isConsumed, (json) => ({ ...(json as Said), data: "true" })),
  "answers mappings of an old block": changed(isMapping, (json) => ({ ...(json as Said), height: 0 })),
  "answers mappings of a block far ahead": changed(isMapping, (json) => ({ ...(json as Said), height: 9_999_999 })),
  "stands still": changed(isHeight, () => 0),
  "is far ahead": changed(isHeight, () => 9_999_999),
  "gives every block another hash": changed(isBlock, (json) => ({ ...(json as Said), block_hash: otherHash })),
  "gives every block another parent": changed(isBlock, (json) => ({ ...(json as Said), previous_hash: otherHash })),
  "gives every block an early time": otherMetadata((metadata) => ({ ...metadata, timestamp: 1 })),
  "gives every block a late time": otherMetadata((metadata) => ({ ...metadata, timestamp: 9_999_999_999 })),
  "gives every block another height": otherMetadata((metadata) => ({ ...metadata, height: 1_000_000 })),
  "serves another network": otherMetadata((metadata) => ({ ...metadata, network: 0 })),
  "knows no blocks": (request) => (isBlock(request) ? { status: 404, text: "Block not found" } : undefined),
  "has had enough": always({ status: 429, text: "Too many requests" }),
  "is broken": always({ status: 500, text: "Something went wrong" }),
  "leads elsewhere": always({ status: 307, headers: { location: "http://127.0.0.1:9/" }, text: "" }),
  "knows no route": always({ status: 404, text: "" }),
  "answers HTML": always({ status: 200, text: "<html><body>welcome</body></html>" }),
  "answers nothing": always({ status: 200, text: "" }),
  "answers null": always({ status: 200, json: null }),
  "cuts every packet short": otherText(isPacket, (text) => text.slice(0, -2)),
  "cuts every answer in the middle": (_request, honest) => {
    const text = JSON.stringify(honest().json ?? null);
    const headers = { "content-length": `${Buffer.byteLength(text)}`, connection: "close" };
    return { status: 200, headers, text: text.slice(0, text.length / 2) };
  },
  "never answers": () => new Promise(() => {}),
  ...Object.fromEntries(Object.entries(otherFields).map(([field, lie]) => [`changes ${field} of every packet`, lie])),
};

/** Those of them that change nothing which is believed: whoever tells them tells the truth. */
export const harmlessAleoLies: ReadonlySet<string> = new Set(["answers mappings of a block far ahead", "is far ahead"]);
