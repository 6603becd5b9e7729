// npm run bench:aleo [-- --json]: how long the hashes of an Aleo packet and the signatures over it take, ours and snarkVM's in one run.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { table } from "../../../cli/terminal/table.ts";
import { bhp256, prepareBhp256 } from "../../../shared/aleo/bhp256.ts";
import { formatPlaintext } from "../../../shared/aleo/formatPlaintext.ts";
import { plaintextBits } from "../../../shared/aleo/plaintextBits.ts";
import { referenceBhp256 } from "../../../shared/aleo/referenceBhp256.ts";
import { accountOfSeed, fieldMessage, signMessage, verifiesMessage } from "../../../shared/aleo/schnorr/index.ts";
import { formatField } from "../../../shared/aleo/text.ts";
import { verulinkAleoEcdsa } from "../../../shared/aleo/verulinkDigests.ts";
import { inPacket, screenedPacket } from "../../../shared/aleo/verulinkPacket.ts";
import { aleoBoundPacket } from "../../shared/aleo/vectors.ts";
import { startSnarkVm } from "../../support/snarkVm.ts";
import { compare, type Time, timeOf } from "./measure.ts";

const target = { setUp: 300, packet: 2 };
const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

/** Keeps what `make` gives, and what making it took. */
function made<T>(make: () => T): { readonly it: T; readonly time: Time } {
  const box: { it?: T } = {};
  const time = timeOf(() => {
    box.it = make();
  });
  return { it: box.it as T, time };
}

const fast = made(prepareBhp256);
const reference = made(referenceBhp256);
const snarkVm = made(startSnarkVm);

const packet = aleoBoundPacket();
const plain = inPacket(packet);
const screened = screenedPacket(bhp256(plaintextBits(plain)), true);
const [bits, screenedBits] = [plaintextBits(plain), plaintextBits(screened)];
const [text, screenedText] = [formatPlaintext(plain), formatPlaintext(screened)];
const digestOf = verulinkAleoEcdsa({ network: "testnet", program: "attestor_bridge.aleo" });
const seed = Uint8Array.from({ length: 32 }, (_, index) => (index * 7) & 0x0f);
const value = formatField(bhp256(screenedBits));
const message = fieldMessage(value);
const schnorr = made(() =>
  verifiesMessage(signMessage(accountOfSeed(seed), message), accountOfSeed(seed).address, message),
);
const account = accountOfSeed(seed);
const signature = signMessage(account, message);
if (!schnorr.it || !snarkVm.it.verifies(signature, account.address, value))
  throw new Error("snarkVM refuses our signature");
if (snarkVm.it.hashOf(text) !== `${fast.it(bits)}field`) throw new Error("our hash and snarkVM's differ");

const perPacket = compare(
  {
    ours: () => [fast.it(bits), fast.it(screenedBits)],
    snarkVm: () => [snarkVm.it.hashOfBits(bits), snarkVm.it.hashOfBits(screenedBits)],
    reference: () => [reference.it(bits), reference.it(screenedBits)],
    "ours, packet to digest": () => digestOf(packet, "white"),
    "ours, sign": () => signMessage(account, message),
    "snarkVm, sign": () => snarkVm.it.sign(seed, value),
    "ours, verify": () => verifiesMessage(signature, account.address, message),
    "snarkVm, verify": () => snarkVm.it.verifies(signature, account.address, value),
    "snarkVm, text to hashes": () => [snarkVm.it.hashOf(text), snarkVm.it.hashOf(screenedText)],
  },
  { rounds: 21, calls: 10 },
);
const setUp = { ours: fast.time, schnorr: schnorr.time, snarkVm: snarkVm.time, reference: reference.time };

const milliseconds = (time: number | undefined) => (time?.toFixed(2) ?? "").padStart(9);
const row = (what: string, name: keyof typeof perPacket, start?: Time) => [
  what,
  ...[start?.processor, perPacket[name].processor, start?.elapsed, perPacket[name].elapsed].map(milliseconds),
];
const rows = [
  ["milliseconds", "processor", " a packet", "  elapsed", " a packet"],
  ["", "   set-up", "", "   set-up", ""],
  row("both BHP256 hashes: ours", "ours", setUp.ours),
  row("both BHP256 hashes: snarkVM's WebAssembly", "snarkVm", setUp.snarkVm),
  row("both BHP256 hashes: our reference in BigInt", "reference", setUp.reference),
  row("packet to digest, every check: ours", "ours, packet to digest"),
  row("text to both hashes: snarkVM's WebAssembly", "snarkVm, text to hashes"),
  row("Schnorr signature: ours", "ours, sign", setUp.schnorr),
  row("Schnorr signature: snarkVM's WebAssembly", "snarkVm, sign"),
  row("Schnorr verification: ours", "ours, verify"),
  row("Schnorr verification: snarkVM's WebAssembly", "snarkVm, verify"),
  ["target for our hashes", milliseconds(target.setUp), milliseconds(target.packet)],
];
const isMet = setUp.ours.processor <= target.setUp && perPacket.ours.processor <= target.packet;
const machine = `Node.js ${process.version} on ${cpus()[0]?.model ?? "an unknown processor"}, one thread`;
const asText = `${machine}\n${table(rows)}\nThe target is ${isMet ? "met" : "missed"} here, in processor time.`;
const asJson = { machine, unit: "ms", target, setUp, perPacket };
process.stdout.write(`${values.json ? JSON.stringify(asJson) : asText}\n`);
