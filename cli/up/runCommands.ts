import { text } from "node:stream/consumers";
import { run } from "../run.ts";

/**
 * A process that runs several of our commands one after the other, because starting one for each takes most of the time:
 * its standard input is a JSON array of their words. Ends with the first that fails, and with its exit code.
 */
const commands = JSON.parse(await text(process.stdin)) as string[][];
for (const words of commands) {
  process.exitCode = await run(words);
  if (process.exitCode !== 0) break;
}
