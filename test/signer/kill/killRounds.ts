import { setTimeout as pause } from "node:timers/promises";
import { formatPacketId, packetIdOf } from "../../../shared/packet/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { verifyLedger } from "../../../signer/index.ts";
import type { Reservation } from "../../../signer/ledger/index.ts";
import { randomOf } from "../../support/random.ts";
import { showNewest } from "../../support/showNewest.ts";
import type { SignerProcess } from "../signerProcess.ts";
import { createAsking } from "./asking.ts";
import { createKillWorld, type KillWorld } from "./killWorld.ts";
import { readLedgerAtRest } from "./ledgerAtRest.ts";
import { ask, type LoadParts, startLoad } from "./load.ts";
import { collectReceived, spelled } from "./received.ts";

export interface KillReport {
  readonly seed: number;
  readonly rounds: number;
  /** Kills that met the signer while it started. */
  readonly whileStarting: number;
  /** How many answers of each kind clients got. */
  readonly counts: Readonly<Record<string, number>>;
  /** Packet ids for which some client has an attestation. */
  readonly attested: number;
  /** Requests that a kill cut off. */
  readonly cutOff: number;
  /** Rows that a kill left SIGNING; each was asked for again. */
  readonly resumed: number;
  /** Records of the audit chain, and up to which one a checkpoint vouches that was kept outside. */
  readonly records: number;
  readonly vouched: number;
  readonly violations: readonly string[];
}

interface Run {
  readonly world: KillWorld;
  readonly load: LoadParts;
  readonly violations: string[];
  cutOff: number;
  resumed: number;
  whileStarting: number;
}

/**
 * Kills a signer as often as asked, at random instants while several clients load it or while it starts, and starts it
 * again on the same ledger. Then judges everything that any client ever got.
 */
export async function killRounds(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound?: (round: number) => void;
}): Promise<KillReport> {
  const { rounds, seed } = options;
  const random = randomOf(seed);
  const world = await createKillWorld();
  try {
    const received = collectReceived(world.signers);
    const { keepCheckpoints } = world;
    const load = { random, asking: createAsking(random), received, keepCheckpoints };
    const run: Run = { world, load, violations: [], cutOff: 0, resumed: 0, whileStarting: 0 };
    for (let round = 1; round <= rounds; round += 1) {
      await killOnce(run);
      run.violations.push(...world.audit().problems.map((problem) => `after kill ${round}: ${problem}`));
      options.onRound?.(round);
    }
    await settle(run);
    run.violations.push(...received.violations, ...judgeLedger(run));
    const { records, vouched } = world.audit();
    const { cutOff, resumed, whileStarting, violations } = run;
    const { counts, attestations } = received;
    const totals = { counts, attested: attestations.size, cutOff, resumed, whileStarting, records, vouched };
    return { seed, rounds, ...totals, violations };
  } finally {
    await world.close();
  }
}

async function killOnce(run: Run): Promise<void> {
  const { random } = run.load;
  const { signing } = readLedgerAtRest(run.world.ledger);
  const signer = run.world.start();
  if (random.next() < 0.2) {
    await pause(random.below(1_500));
    run.whileStarting += 1;
    await kill(run, signer);
    return;
  }
  const clients = await run.world.clients(await signer.ready());
  await showWhatCame(run, clients);
  if (random.next() < 0.5) await resume(run, signing, clients);
  const load = startLoad(run.load, clients);
  const enough = random.below(150);
  while (load.answers() < enough && !signer.hasEnded()) await pause(1);
  await pause(random.below(20));
  await kill(run, signer);
  run.cutOff += await load.ended;
  for (const client of clients.values()) client.close();
}

async function kill({ violations }: Run, signer: SignerProcess): Promise<void> {
  if (signer.hasEnded()) violations.push(`the signer ended by itself: ${signer.printed()}`);
  await signer.end("SIGKILL");
}

/** Every client shows what any of them got last: a kill must not have taken it from the ledger. */
async function showWhatCame(run: Run, clients: ReadonlyMap<string, PinnedClient>): Promise<void> {
  const came = [...run.load.received.attestations.values()];
  for (const [name, client] of clients) {
    const status = await showNewest(client, ({ source, destination }) =>
      came.findLast(
        ({ packet }) => `${packet.source.chainId}/${packet.destination.chainId}` === `${source}/${destination}`,
      ),
    );
    if (status !== 200) run.violations.push(`${name} showed what came and was answered ${status}`);
  }
}

/** What a kill left SIGNING is signed when it is asked for again, with the same digest; another packet is not. */
async function resume(
  run: Run,
  signing: readonly Reservation[],
  clients: ReadonlyMap<string, PinnedClient>,
): Promise<void> {
  const { asking, received, random } = run.load;
  for (const { digest, ...reserved } of signing) {
    const { deployment, packet, verdict, sources } = reserved;
    const request = { deployment, packet, verdict, sources };
    const client = random.pick([...clients.values()]);
    await ask(run.load, client, asking.contradicting(request));
    await ask(run.load, client, request);
    const id = formatPacketId(packetIdOf(packet));
    if (received.attestations.get(id)?.digest !== digest) run.violations.push(`packet ${id} did not resume`);
    run.resumed += 1;
  }
}

/** One life without a kill, in which everything that is open is brought to its end. */
async function settle(run: Run): Promise<void> {
  const { signing } = readLedgerAtRest(run.world.ledger);
  const signer = run.world.start();
  const clients = await run.world.clients(await signer.ready());
  await showWhatCame(run, clients);
  await resume(run, signing, clients);
  for (const client of clients.values()) client.close();
  const { code } = await signer.end("SIGTERM");
  if (code !== 0) run.violations.push(`the signer stopped with ${code}: ${signer.printed()}`);
}

/** Every signature that left is in the ledger, byte for byte, and the ledger says what the audit chain says. */
function judgeLedger({ world, load }: Run): string[] {
  const { released, signing } = readLedgerAtRest(world.ledger);
  const inLedger = new Map(released.map((each) => [formatPacketId(packetIdOf(each.packet)), spelled(each)]));
  const lost = [...load.received.attestations].filter(([id, given]) => inLedger.get(id) !== spelled(given));
  return [
    ...lost.map(([id]) => `the ledger does not have the attestation that was given for packet ${id}`),
    ...signing.map(({ packet }) => `packet ${formatPacketId(packetIdOf(packet))} is still SIGNING`),
    ...verifyLedger(world.ledger).problems,
    ...world.audit().problems,
  ];
}

/** The report as a person reads it. */
export function describeKills(report: KillReport): string {
  const { counts, violations, seed, rounds, whileStarting, attested, cutOff, resumed, records, vouched } = report;
  const answers = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`);
  return [
    `seed        ${seed}`,
    `kills       ${rounds}, ${whileStarting} of them while the signer started`,
    `attested    ${attested} packet ids`,
    `answers     ${answers.join(", ")}; ${cutOff} requests cut off`,
    `resumed     ${resumed} rows that a kill had left SIGNING`,
    `audit chain ${records} records, ${vouched} vouched for from outside`,
    `violations  ${violations.length}`,
    ...violations.map((violation) => `  ${violation}`),
    "",
  ].join("\n");
}
