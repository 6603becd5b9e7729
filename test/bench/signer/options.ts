import { type NotRun, readOptions, wrongOptions } from "../options.ts";

const usage = `usage: npm run bench:signer -- [--seconds N] [--warm-up N] [--json | --markdown] [--only PART] [--soak N]

Measures how fast the signer is against the device behind it, all in one run on this machine.
Needs a C compiler and SoftHSM.

  --seconds N    how long each line is measured (default 4)
  --warm-up N    signatures before the first line of a daemon or keeper is measured (default 4000)
  --json         one JSON document
  --markdown     the tables of docs/performance.md
  --only PART    keeper, daemon or devices, beside the raw module; the targets of other parts are left out
  --soak N       also memory over N signatures of one daemon
  --help         this text
`;

export const parts = ["keeper", "daemon", "devices"] as const;
export type BenchPart = (typeof parts)[number];

export interface BenchOptions {
  readonly seconds: number;
  /** Signatures before anything is measured. */
  readonly warmUp: number;
  readonly form: "text" | "json" | "markdown";
  readonly only?: BenchPart;
  readonly soak?: number;
}

export function benchOptions(args: readonly string[]): BenchOptions | NotRun {
  const read = readOptions(
    args,
    {
      seconds: { type: "string", default: "4" },
      "warm-up": { type: "string", default: "4000" },
      json: { type: "boolean" },
      markdown: { type: "boolean" },
      only: { type: "string" },
      soak: { type: "string" },
    },
    usage,
  );
  if (!("values" in read)) return read;
  const { json, markdown, only } = read.values;
  const [seconds, warmUp, soak] = [read.values.seconds, read.values["warm-up"], read.values.soak].map(Number);
  const part = parts.find((name) => name === only);
  if (!(seconds && seconds > 0 && seconds <= 3_600)) return wrongOptions("--seconds takes a number up to 3600", usage);
  if (warmUp === undefined || !(Number.isSafeInteger(warmUp) && warmUp >= 0)) {
    return wrongOptions("--warm-up takes a whole number", usage);
  }
  if (json && markdown) return wrongOptions("--json and --markdown exclude each other", usage);
  if (only !== undefined && !part) return wrongOptions(`--only takes ${parts.join(", ")}`, usage);
  const form = json ? "json" : markdown ? "markdown" : "text";
  const common = { seconds, warmUp, form, ...(part && { only: part }) } as const;
  if (read.values.soak === undefined) return common;
  if (soak && Number.isSafeInteger(soak) && soak > 0) return { ...common, soak };
  return wrongOptions("--soak takes a whole number above 0", usage);
}
