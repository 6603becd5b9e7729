import { run } from "./run.ts";

// Whoever reads our output may stop early (`| head`): that is no fault, and there is nobody left to tell.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await run(process.argv.slice(2));
