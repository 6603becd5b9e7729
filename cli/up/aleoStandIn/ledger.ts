import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { type AleoNetwork, formatBlockHash } from "../../../shared/aleo/index.ts";

/** A block of the stand-in. */
export interface StandInBlock {
  readonly height: number;
  readonly hash: string;
  readonly previousHash: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

const write = z.strictObject({ program: z.string(), mapping: z.string(), key: z.string(), value: z.string() });
/** One mapping entry that a block sets, key and value without blanks. */
export type MappingWrite = z.output<typeof write>;

const journalLine = z.strictObject({ timestamp: z.number(), writes: z.array(write) });

/** Blocks, and the mappings of programs as of each of them. There is no virtual machine: whoever commits says what is set. */
export interface Ledger {
  readonly network: AleoNetwork;
  /** Of the newest block; block 0 is there from the start. */
  height(): number;
  block(height: number): StandInBlock | undefined;
  /** Adds a block in which these entries are set. */
  commit(timestamp: number, writes?: readonly MappingWrite[]): StandInBlock;
  /** An entry as of a block. */
  read(program: string, mapping: string, key: string, height: number): string | undefined;
  /** Text of each program by its id. */
  readonly programs: Map<string, string>;
}

/**
 * @param seed makes the chain another one from its first block on.
 * @param journal file that keeps the blocks from one run to the next, one JSON line each.
 */
export function openLedger(network: AleoNetwork, seed: string, journal?: string): Ledger {
  const blocks: StandInBlock[] = [];
  const entries = new Map<string, { height: number; value: string }[]>();

  function add(timestamp: number, writes: readonly MappingWrite[]): StandInBlock {
    const height = blocks.length;
    const previousHash = blocks.at(-1)?.hash ?? formatBlockHash(new Uint8Array(32));
    const content = JSON.stringify([network, seed, height, previousHash, timestamp, writes]);
    const hash = formatBlockHash(createHash("sha256").update(content).digest());
    for (const { program, mapping, key, value } of writes) {
      const name = entryName(program, mapping, key);
      entries.set(name, [...(entries.get(name) ?? []), { height, value }]);
    }
    const block = { height, hash, previousHash, timestamp };
    blocks.push(block);
    return block;
  }

  add(1_700_000_000, []);
  if (journal !== undefined && existsSync(journal)) {
    for (const line of readFileSync(journal, "utf8").split("\n").filter(Boolean)) {
      const { timestamp, writes } = journalLine.parse(JSON.parse(line));
      add(timestamp, writes);
    }
  }
  return {
    network,
    height: () => blocks.length - 1,
    block: (height) => blocks[height],
    commit(timestamp, writes = []) {
      if (journal !== undefined) appendFileSync(journal, `${JSON.stringify({ timestamp, writes })}\n`, { mode: 0o600 });
      return add(timestamp, writes);
    },
    read(program, mapping, key, height) {
      return entries.get(entryName(program, mapping, key))?.findLast((entry) => entry.height <= height)?.value;
    },
    programs: new Map(),
  };
}

function entryName(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
