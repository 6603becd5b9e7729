import { read } from "./readers.ts";

/** The readers' own process: does what it is told once, and answers with the figures. */
process.once("message", async (message) => {
  const { port, kind, options } = message as {
    port: number;
    kind: Parameters<typeof read>[1];
    options: Parameters<typeof read>[2];
  };
  process.send?.(await read(port, kind, options));
  process.disconnect();
});
