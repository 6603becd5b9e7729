import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createDisputeFile, readDisputes } from "../../chain/evidence/index.ts";
import type { Dispute } from "../../chain/source/index.ts";
import { systemClock } from "../../shared/clock/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { lies } from "../support/lyingProvider.ts";
import { makeFinal } from "./support/bridge.ts";
import { providersOfEachTest } from "./support/providers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

describe("a provider that contradicts the others", () => {
  const scene = useWorld();
  const providers = providersOfEachTest(scene, 3);

  test("is recorded with what it said and what the quorum said, counted, alarmed, and asked on", async () => {
    const { world, bridge } = scene;
    const [liar] = providers;
    if (!liar) throw new Error("there are no providers");
    const began = Date.now();
    // The chain stands still while it is read. If it moved, the liar might claim an older final block than the others at
    // the one time that the range is read, and nobody is bound by what he says about blocks that may still change.
    const { sequence, blockNumber, transactionHash } = await bridge.transfer();
    await makeFinal(bridge.source);
    world.settings.chains[0].timeout = "1m";
    liar.lie = lies["drops all logs"];
    await world.start();
    await world.reaches(sequence, "delivered");
    const about = (question: string) =>
      readDisputes(world.stateFolder)
        .map((line) => JSON.parse(line))
        .find((dispute) => dispute.question === question);
    const dispute = await until("the evidence", () => about("eth_getLogs"));
    expect(dispute).toMatchObject({
      chain: "alpha",
      parameters: { address: bridge.sides[0].bridge },
      answers: [
        { providers: ["p1", "p2"], agreed: true, said: expect.stringContaining(transactionHash), cut: false },
        { providers: ["p0"], agreed: false, said: "[]" },
      ],
    });
    expect(dispute.height).toBeGreaterThanOrEqual(blockNumber);
    expect(Date.parse(dispute.at)).toBeGreaterThanOrEqual(began);
    expect(await world.metrics()).toMatch(/attestor_chain_disputes_total\{chain="alpha",provider="p0"\} [1-9]/);
    expect(await world.metrics()).not.toMatch(/attestor_chain_disputes_total\{[^}]*"p[12]"/);
    expect(world.log.some((line) => line.includes('"alarm":true') && line.includes("contradict"))).toBe(true);
    const { body } = await world.control("GET", "/v1/status");
    await world.becomesReady();
    expect(JSON.stringify(body)).toMatch(/"label":"p0".*?"disputes":[1-9]/);

    const asked = liar.requests.length;
    await until("the liar to be asked again", () => liar.requests.length > asked);
    const printed = await attestorHere(["chain", "disputes", "--config", world.configFile]);
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect(printed.stdout).toMatch(/alpha block \d+ {2}eth_getLogs\n {4}p1, p2 \(quorum\): .*\n {4}p0: \[\]\n/);
    const lines = await attestor(["chain", "disputes", "--config", world.configFile, "--json"]);
    expect(
      lines.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ).toContainEqual(dispute);
  });

  test("without a quorum leaves everybody's word as evidence", async () => {
    const { world } = scene;
    await world.start();
    const tell = (index: number, lie: string) => Object.assign(providers[index] ?? {}, { lie: lies[lie] });
    tell(0, "gives every block another hash");
    tell(1, "gives every block an early time");
    await makeFinal(scene.bridge.source);
    // A round that is under way when the lies begin meets one of them only.
    const answers = await until("the evidence against all", () =>
      readDisputes(world.stateFolder)
        .map((line) => JSON.parse(line).answers as object[])
        .find(({ length }) => length === 3),
    );
    expect(answers).toMatchObject([
      { agreed: false, providers: [expect.any(String)] },
      { agreed: false, providers: [expect.any(String)] },
      { agreed: false, providers: [expect.any(String)] },
    ]);
  });
});

describe("the evidence file", () => {
  const dispute = (height: number, text = "x"): Dispute => ({
    chain: "alpha",
    question: "eth_getBlockByNumber",
    parameters: [height],
    height,
    sides: [
      { text, providers: ["a", "b"] },
      { text: "y", providers: ["c"] },
    ],
    agreed: text,
    dissenting: ["c"],
  });
  const open = (folder: string, largest?: number) => {
    const log: string[] = [];
    const logger = createLogger({ service: "chain", level: "debug" }, { write: (line: string) => log.push(line) });
    return { log, keep: createDisputeFile(folder, { clock: systemClock, logger }, largest) };
  };

  test("is the owner's alone", () => {
    const folder = temporaryFolder();
    open(folder).keep(dispute(1));
    expect(statSync(path.join(folder, "disputes.jsonl")).mode & 0o777).toBe(0o600);
  });

  test("keeps the same dispute once", () => {
    const folder = temporaryFolder();
    const { keep } = open(folder);
    for (const height of [1, 1, 2, 1]) keep(dispute(height));
    expect(readDisputes(folder)).toHaveLength(2);
  });

  test("cuts long answers and keeps their hash", () => {
    const folder = temporaryFolder();
    open(folder).keep(dispute(1, "z".repeat(10_000)));
    const [answer] = JSON.parse(readDisputes(folder)[0] ?? "").answers;
    expect(answer).toMatchObject({ cut: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(answer.said).toHaveLength(4_000);
  });

  test("begins a new one when it is full and keeps the one before", () => {
    const folder = temporaryFolder();
    const { keep } = open(folder, 500);
    for (let height = 1; height <= 20; height += 1) keep(dispute(height));
    const heights = readDisputes(folder).map((line) => JSON.parse(line).height);
    expect(heights.at(-1)).toBe(20);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
    expect(readFileSync(path.join(folder, "disputes.jsonl")).length).toBeLessThan(1_500);
  });

  test("that cannot be written is alarmed and holds nothing up", () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "disputes.jsonl"));
    const { keep, log } = open(folder);
    keep(dispute(1));
    expect(log.some((line) => line.includes("cannot keep the evidence") && line.includes("EISDIR"))).toBe(true);
  });

  test("need not be there", () => {
    const folder = temporaryFolder();
    expect(existsSync(path.join(folder, "disputes.jsonl"))).toBe(false);
    expect(readDisputes(folder)).toEqual([]);
  });
});
