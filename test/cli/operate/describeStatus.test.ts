import { describe, expect, it } from "vitest";
import { describeStatus, type StatusAnswer } from "../../../cli/operate/describeStatus.ts";

const chain = (name: string): StatusAnswer["chains"][number] => ({
  name,
  finality: "finalized",
  singleSource: true,
  sources: "single",
  providers: [{ label: `local-${name}`, healthy: false, reasons: ["answers nothing"], disputes: 2 }],
  healthy: true,
  latest: { height: 20_123_456 },
  final: { height: 20_123_400, ageSeconds: 812 },
});

const route = (name: string, stopped: string | null): StatusAnswer["routes"][number] => ({
  name,
  ready: stopped === null,
  stopped,
  scannedHeight: 20_123_400,
  unreadBlocks: 0,
  counter: "123456",
  gaps: [],
  packets: { observed: 11, final: 22, due: 33, signed: 44, delivered: 55, executed: 123_291, held: 66, refused: 77 },
  oldestUnattestedSeconds: 4_321,
});

const reason =
  "route ethereum-to-bsc is stopped: packet 42 was executed with another packet hash than the one that was attested here";

function status(stopped: string | null): StatusAnswer {
  return {
    ready: false,
    reasons: [reason],
    chains: [chain("ethereum"), chain("bsc")],
    routes: [route("ethereum-to-bsc", stopped), route("bsc-to-ethereum", null)],
    screening: [{ name: "sanctions-list", version: `sha256:${"ab".repeat(32)}`, reason: null, ageSeconds: 24 }],
    signer: { healthy: false, reasons: ["The signer does not answer (ECONNREFUSED: nothing listens there)."] },
    collectors: [{ name: "council", healthy: true, reasons: [], waiting: 3, oldestWaitingSeconds: 99 }],
  };
}

const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();

describe("the status of a chain-service", () => {
  it("has one table of its routes where there is room, as where the output is piped", () => {
    expect(describeStatus("one", status(null))).toContain(
      [
        "  route            on chain  observed  final  due  signed  delivered  executed  held  refused  gaps  oldest",
        "  ethereum-to-bsc  123456    11        22     33   44      55         123291    66    77       0     4321 s",
        "  bsc-to-ethereum  123456    11        22     33   44      55         123291    66    77       0     4321 s",
      ].join("\n"),
    );
  });

  it.each([60, 80, 100])("is no wider than a terminal of %s columns, and leaves nothing out", (width) => {
    const text = describeStatus("one", status(reason), width);
    expect(widest(text)).toBeLessThanOrEqual(width);
    expect(words(text)).toEqual(expect.arrayContaining(words(describeStatus("one", status(reason)))));
  });

  it("puts each number of a route behind its heading at 80 columns", () => {
    expect(describeStatus("one", status(null), 80)).toContain(
      [
        "  ethereum-to-bsc  on chain 123456  observed 11  final 22  due 33  signed 44",
        "                   delivered 55  executed 123291  held 66  refused 77  gaps 0",
        "                   oldest 4321 s",
      ].join("\n"),
    );
  });
});
