import { rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { repository } from "../support/attestor.ts";
import { Container, checkoutInside } from "./container.ts";
import { whyNot } from "./needs.ts";
import { debianRoot } from "./root.ts";

const help = `usage: npm run test:units [-- --keep]

Boots a Debian of its own (debootstrap, systemd-nspawn), follows docs/run-in-production.md in it, starts every unit under
that systemd, and tries what the page promises: one packet signed through all of them, the sandbox in force, services that
are killed, stopped, started in another order, given a wrong PIN, and rebooted. Takes root, a Debian system with debootstrap
and systemd-container, and about 1 GB in .attestor/units; the first run fetches Debian's packages. Prints a line for each
check; exit code 1 if one fails or the machine cannot be booted here.

  --keep  leave what the machine wrote in .attestor/units/layer
`;

const { values } = parseArgs({ options: { keep: { type: "boolean" }, help: { type: "boolean" } } });
if (values.help) process.stdout.write(help);
else process.exitCode = await main(values.keep ?? false);

async function main(keep: boolean): Promise<number> {
  const reason = whyNot();
  if (reason !== undefined) {
    process.stderr.write(`NOT RUN: ${reason}\n`);
    return 1;
  }
  const folder = path.join(repository, ".attestor", "units");
  const layer = path.join(folder, "layer");
  rmSync(layer, { recursive: true, force: true });
  const container = new Container({ root: debianRoot(folder), layer, checkout: repository });
  const stop = () => void container.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await container.boot();
    const first = await inside(container, "first");
    await container.reboot();
    const second = await inside(container, "rebooted");
    return first === 0 && second === 0 ? 0 : 1;
  } finally {
    await container.stop();
    if (!keep) rmSync(layer, { recursive: true, force: true });
  }
}

function inside(container: Container, phase: string): Promise<number | null> {
  const node = path.join(checkoutInside, path.relative(repository, process.execPath));
  const program = path.join(checkoutInside, "test/units/inside/main.ts");
  return container.run(node, program, phase);
}
