import { type ChildProcess, fork } from "node:child_process";
import { cpus } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openPostgresStore, openSqliteStore } from "../../../collector/store/index.ts";
import { attestors } from "../../collector/attestors.ts";
import { startCollectorUnderTest } from "../../collector/collectorUnderTest.ts";
import { startPostgres } from "../../support/postgres.ts";
import { fill } from "./fill.ts";
import type { ReadFigures, ReadKind } from "./readers.ts";

/**
 * Measures how a collector serves readers: `npm run bench:collector [-- --packets N --clients N --seconds N --json]`.
 * The readers are a process of their own on the same cores.
 */
const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "10000" },
    clients: { type: "string", default: "50" },
    seconds: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
const [packets, clients, seconds] = [values.packets, values.clients, values.seconds].map(Number) as [
  number,
  number,
  number,
];
const signers = 5;
const kinds: readonly ReadKind[] = ["one packet", "one packet, unchanged", "a page of 100"];

interface Line extends ReadFigures {
  readonly store: string;
  readonly kind: ReadKind;
  /** Memory of the collector's process after it, in MiB. */
  readonly memoryMiB: number;
}

const registry = [
  {
    deployment: "alpha",
    source: {
      chainId: 6694886634401n,
      family: "aleo",
      tokenService: "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27",
    },
    destination: {
      chainId: 27234042785n,
      family: "evm",
      tokenService: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff",
      bridge: "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4",
    },
    scheme: "verulink-evm",
    quorum: 3,
    attestors: attestors.slice(0, signers).map(({ address }) => address),
  },
];

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measure(
  store: string,
  database: unknown,
  fillStore: (folder: string) => Promise<void>,
): Promise<Line[]> {
  const collector = await startCollectorUnderTest(registry, { database, public: { rate: { perMinute: 1_000_000 } } });
  try {
    await collector.running().stop();
    say(`filling ${store} with ${packets} packets of ${signers} attestors`);
    const began = performance.now();
    await fillStore(collector.folder);
    const writes = Math.round((packets * signers) / ((performance.now() - began) / 1_000));
    say(`${writes} statements a second, one transaction each`);
    await collector.start();
    const lines: Line[] = [];
    for (const kind of kinds) {
      const figures = await inItsOwnProcess(collector.running().ports.public, kind);
      lines.push({ store, kind, ...figures, memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20) });
    }
    return lines;
  } finally {
    await collector.close();
  }
}

/** The load must not share a thread with what it measures. */
function inItsOwnProcess(port: number, kind: ReadKind): Promise<ReadFigures> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(path.join(import.meta.dirname, "load.ts"));
    child.once("message", (figures) => resolve(figures as ReadFigures));
    child.once("exit", (code) => code !== 0 && reject(new Error(`the readers ended with code ${code}`)));
    child.send({ port, kind, options: { clients, seconds, packets } });
  });
}

const postgres = await startPostgres();
try {
  const settings = await postgres.newDatabase();
  const { host, database, user } = settings;
  const lines = [
    ...(await measure("SQLite", "collector.sqlite", async (folder) => {
      const store = openSqliteStore(path.join(folder, "collector.sqlite"));
      await fill(store, packets, signers);
      await store.close();
    })),
    ...(await measure("PostgreSQL", { postgresql: { host, database, user } }, async () => {
      const store = await openPostgresStore(settings);
      await fill(store, packets, signers);
      await store.close();
    })),
  ];
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? "unknown"}, Node.js ${process.version}`;
  if (values.json) console.log(JSON.stringify({ machine, packets, signers, clients, seconds, lines }));
  else {
    console.log(`${packets} packets with signatures of ${signers} attestors, ${clients} clients; ${machine}`);
    console.table(lines.map(({ statuses, requests: _, ...line }) => ({ ...line, answers: JSON.stringify(statuses) })));
  }
} finally {
  await postgres.close();
}
