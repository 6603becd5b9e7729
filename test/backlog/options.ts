import { type NotRun, readOptions, wrongOptions } from "../bench/options.ts";

const usage = `usage: npm run bench:chain -- [--packets N] [--stored N] [--profile FOLDER] [--json]

Measures the chain-service: N packets pile up on a real chain while none runs, then one works them off; and what its
queries take in a large store.

  --packets N    packets of the backlog, a multiple of 250 (default 2000)
  --stored N     packets of the store, at least 30000, or 0 to leave it out (default 1000000)
  --profile FOLDER  where to write the processes' CPU profiles (default: none are taken)
  --json         one JSON document
  --help         this text
`;

export interface BacklogOptions {
  readonly packets: number;
  /** 0 to leave the large store out. */
  readonly stored: number;
  readonly json: boolean;
  readonly profile: string | undefined;
}

export function backlogOptions(args: readonly string[]): BacklogOptions | NotRun {
  const read = readOptions(
    args,
    {
      packets: { type: "string", default: "2000" },
      stored: { type: "string", default: "1000000" },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
    },
    usage,
  );
  if (!("values" in read)) return read;
  const { json, profile } = read.values;
  const [packets, stored] = [Number(read.values.packets), Number(read.values.stored)];
  if (!(packets > 0 && packets % 250 === 0)) return wrongOptions("--packets takes a multiple of 250", usage);
  if (!(Number.isSafeInteger(stored) && (stored === 0 || stored >= 30_000))) {
    return wrongOptions("--stored takes 0 or at least 30000", usage);
  }
  return { packets, stored, json, profile };
}
