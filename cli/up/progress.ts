import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { isRight, type Journey, journeyName } from "./journey.ts";

/** Shows how the packets get on. */
export interface Progress {
  /** Called whenever something may have changed. */
  show(journeys: readonly Journey[]): void;
}

/** A table that is drawn again in place on a terminal; else a line for each step of each packet. */
export function createProgress(attestors: number, output: NodeJS.WriteStream = process.stdout): Progress {
  return output.isTTY ? liveTable(attestors, output) : plainLines(attestors, output);
}

function plainLines(attestors: number, output: NodeJS.WriteStream): Progress {
  const shown = new Map<string, string>();
  return {
    show(journeys) {
      for (const journey of journeys) {
        const line = describe(journey, attestors).join("  ").trimEnd();
        if (shown.get(journeyName(journey)) === line) continue;
        shown.set(journeyName(journey), line);
        output.write(`  ${line}\n`);
      }
    },
  };
}

function liveTable(attestors: number, output: NodeJS.WriteStream): Progress {
  let drawn = 0;
  return {
    show(journeys) {
      const rows = journeys.slice(-Math.max(5, output.rows - 6)).map((journey) => describe(journey, attestors));
      const lines = table([heading(), ...rows]).split("\n");
      const up = drawn > 0 ? `\x1b[${drawn}A` : "";
      output.write(`${up}${lines.map((line) => `\x1b[2K  ${line}\n`).join("")}\x1b[0J`);
      drawn = lines.length;
    },
  };
}

function heading(): string[] {
  return ["packet", "direction", "signatures", "state", "contract says", "time"].map((text) => styled("dim", text));
}

/** The cells of one packet. */
function describe(journey: Journey, attestors: number): string[] {
  const time = journey.tookMs === undefined ? "" : `${(journey.tookMs / 1000).toFixed(1)} s`;
  const filled = "■".repeat(journey.signatures) + "□".repeat(Math.max(0, attestors - journey.signatures));
  return [
    journeyName(journey),
    journey.direction,
    `${filled} ${journey.signatures} of ${attestors}`,
    journey.problem ? styled("red", journey.problem) : journey.stage,
    journey.result === undefined ? "" : styled(isRight(journey) ? "green" : "red", voteWord(journey)),
    time,
  ];
}

/** The contract's own words: YEA pays the receiver, NAY locks the amount. */
function voteWord(journey: Journey): string {
  const word = { white: "YEA, paid", flagged: "NAY, locked", null: "no quorum" }[journey.result ?? "null"];
  return isRight(journey) ? word : `${word} (expected ${journey.expected})`;
}
