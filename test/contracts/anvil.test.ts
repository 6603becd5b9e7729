import { afterEach, expect, test } from "vitest";
import { type Anvil, startAnvil } from "../support/anvil.ts";

const running: Anvil[] = [];
afterEach(() => Promise.all(running.splice(0).map((anvil) => anvil.close())));

async function start(chainId: number, port?: number): Promise<Anvil> {
  const anvil = await startAnvil({ chainId, ...(port === undefined ? {} : { port }) });
  running.push(anvil);
  return anvil;
}

test("two chains run side by side, each on a port of its own and with funded accounts", async () => {
  const [one, other] = await Promise.all([start(31_001), start(31_002)]);
  expect(one.port).not.toBe(other.port);
  expect(await one.provider.send("eth_chainId", [])).toBe("0x7919");
  expect(await other.provider.send("eth_chainId", [])).toBe("0x791a");
  expect(await one.provider.getBalance(one.account(9))).toBeGreaterThan(0n);
});

test("nothing answers after close, and the port can be used again", async () => {
  const first = await start(31_001);
  await first.close();
  await expect(fetch(first.url)).rejects.toThrow();
  const second = await start(31_001, first.port);
  expect(second.url).toBe(first.url);
});

test("a port in use is reported, with Anvil's own words", async () => {
  const { port } = await start(31_001);
  await expect(startAnvil({ chainId: 31_002, port })).rejects.toThrow(/Anvil ended with code 1: .*in use/i);
});
