// npm run bench:aleo [-- --json]: how long the hashes of an Aleo packet take, ours and snarkVM's in one run.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { table } from "../../cli/terminal/table.ts";
import { bhp256, prepareBhp256 } from "../../shared/aleo/bhp256.ts";
import { plaintextBits } from "../../shared/aleo/plaintextBits.ts";
import { referenceBhp256 } from "../../shared/aleo/referenceBhp256.ts";
import { inPacket, screenedPacket } from "../../shared/aleo/verulinkPacket.ts";
import { verulinkAleoEcdsa } from "../../shared/digest/index.ts";
import { plaintextText } from "../shared/aleo/plaintextText.ts";
import { aleoBoundPacket } from "../shared/aleo/vectors.ts";
import { type SnarkVm, startSnarkVm } from "../support/snarkVm.ts";
import { compare, type Figure, timeOf } from "./measure.ts";

const target = { setUp: 300, packet: 2 };

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const packet = aleoBoundPacket();
const value = inPacket(packet);
const bits = plaintextBits(value);

const setUp: Record<string, number> = {};
setUp.ours = timeOf(prepareBhp256);
let reference = bhp256;
setUp.reference = timeOf(() => {
  reference = referenceBhp256();
});
let snarkVm: SnarkVm | undefined;
setUp.snarkVm = timeOf(() => {
  snarkVm = startSnarkVm();
});

const screenedBits = plaintextBits(screenedPacket(bhp256(bits), true));
const digestOf = verulinkAleoEcdsa({ network: "testnet", program: "attestor_bridge.aleo" });
const [packetText, screenedText] = [value, screenedPacket(bhp256(bits), true)].map(plaintextText);
const both = (hash: typeof bhp256) => () => [hash(bits), hash(screenedBits)];
const figures = compare(
  {
    ours: both(bhp256),
    reference: both(reference),
    snarkVm: () => [snarkVm?.hashOfBits(bits), snarkVm?.hashOfBits(screenedBits)],
    "ours, whole digest": () => digestOf(packet, "white"),
    "snarkVm, from text": () => [snarkVm?.hashOf(packetText ?? ""), snarkVm?.hashOf(screenedText ?? "")],
  },
  { rounds: 15, calls: 10 },
);

if (snarkVm?.hashOfBits(bits) !== `${bhp256(bits)}field`) throw new Error("ours and snarkVM's hash differ");
process.stdout.write(values.json ? `${JSON.stringify(asJson())}\n` : `${asText()}\n`);

function asJson() {
  return { machine: machine(), unit: "ms", target, setUp, perPacket: figures };
}

function asText(): string {
  const milliseconds = (time: number | undefined) => (time === undefined ? "" : time.toFixed(2).padStart(8));
  const row = (what: string, name: keyof typeof figures, started?: number) => {
    const { median, fastest, slowest }: Figure = figures[name];
    return [what, ...[started, median, fastest, slowest].map(milliseconds)];
  };
  const rows = [
    ["ms", "  set-up", "  packet", " fastest", " slowest"],
    row("both BHP256 hashes, ours", "ours", setUp.ours),
    row("both BHP256 hashes, snarkVM's wasm", "snarkVm", setUp.snarkVm),
    row("both BHP256 hashes, our reference in BigInt", "reference", setUp.reference),
    row("packet to digest with all checks, ours", "ours, whole digest"),
    row("text to both hashes, snarkVM's wasm", "snarkVm, from text"),
    ["target", milliseconds(target.setUp), milliseconds(target.packet)],
  ];
  const isMet = (setUp.ours ?? 0) <= target.setUp && figures.ours.median <= target.packet;
  return `${machine()}\n${table(rows)}\nthe target is ${isMet ? "met" : "missed"} here`;
}

function machine(): string {
  return `Node.js ${process.version} on ${cpus()[0]?.model ?? "an unknown processor"}, one thread`;
}
