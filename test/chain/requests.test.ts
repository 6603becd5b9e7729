import { Wallet } from "ethers";
import { expect, test } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { denial, strangerKey } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const asked = (sequence: bigint, height: number | null = null) => ({
  deployment: "local",
  source: "1",
  destination: "2",
  sequence: `${sequence}`,
  height: height === null ? null : `${height}`,
});

/** A packet in blocks before the route's first, so that nothing but a request leads to it. */
async function earlyPacket(): Promise<{ sequence: bigint; height: number }> {
  const { world, bridge } = scene;
  const { sequence } = await bridge.transfer();
  const height = await latestHeight(bridge.source);
  await makeFinal(bridge.source);
  await makeFinal(bridge.source);
  world.settings.routes[0].source.startHeight = await latestHeight(bridge.source);
  world.settings.collectors[0].poll = "100ms";
  await makeFinal(bridge.source);
  return { sequence, height };
}

test.each([["without a hint"], ["with the right height"], ["with a wrong height"]])(
  "a packet before the first block is found by its number %s, and passes every gate",
  async (how) => {
    const { world } = scene;
    const { sequence, height } = await earlyPacket();
    const hint = how === "without a hint" ? null : how === "with a wrong height" ? height + 2 : height;
    world.collector.missed = [asked(sequence, hint)];
    await world.start();
    const delivered = await world.reaches(sequence, "delivered");
    expect(Object.keys(delivered.times)).toEqual(
      expect.arrayContaining(["requested", "observed", "final", "due", "screened", "signed", "delivered"]),
    );
    expect(world.signer.requests).toHaveLength(1);
    const { body } = await world.control("GET", "/v1/packets?state=requested");
    expect(body).toEqual({ packets: [] });
  },
);

test("a request waits out the route's wait like every packet", async () => {
  const { world } = scene;
  const { sequence } = await earlyPacket();
  world.settings.routes[0].wait = "1h";
  world.collector.missed = [asked(sequence)];
  await world.start();
  await world.reaches(sequence, "final");
  expect(world.signer.requests).toEqual([]);
});

test("a number beyond the contract's counter is refused, and so is 0", async () => {
  const { world } = scene;
  const { sequence } = await earlyPacket();
  const tooMany = Array.from({ length: 2_000 }, (_, index) => asked(sequence + 50n + BigInt(index)));
  world.collector.missed = [...tooMany, asked(0n)];
  await world.start();
  const refusals = () => world.log.filter((line) => line.includes("refused a request beyond the contract's counter"));
  await until("all to be refused", () => refusals().length > 0);
  // One line for a look at the collector, whatever number of them it asks for.
  expect(refusals().map((line) => JSON.parse(line))).toMatchObject([
    { sequence: `${sequence + 50n}`, requests: 2_001 },
  ]);
  const { body } = await world.control("GET", "/v1/packets?state=requested");
  expect(body).toEqual({ packets: [] });
});

test("a request for another route or deployment is nobody's", async () => {
  const { world } = scene;
  const { sequence } = await earlyPacket();
  world.collector.missed = [
    { ...asked(sequence), deployment: "other" },
    { ...asked(sequence), source: "7" },
  ];
  await world.start();
  const looked = world.sourceRpc.requests.length;
  await until("further rounds", () => world.sourceRpc.requests.length > looked + 20);
  expect(await world.packet(sequence)).toBeUndefined();
});

test("a packet that is attested already is delivered to the collector again, and not signed again", async () => {
  const { world, bridge } = scene;
  world.settings.collectors[0].poll = "100ms";
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  world.collector.missed = [asked(sequence)];
  await until("a second delivery", () => world.collector.requests.length > 1);
  expect(world.signer.requests).toHaveLength(1);
});

test("at most 100 requests are open on a route; more are refused until there is room", async () => {
  const { world } = scene;
  world.settings.collectors[0].poll = "100ms";
  // A contract that has counted further than anybody has seen, so that nothing of what is asked for is found.
  const counter = "0x529d15cc";
  world.sourceRpc.lie = async ({ method, params }, honest) => {
    if (method !== "eth_call" || !JSON.stringify(params[0]).includes(counter)) return undefined;
    const word = String(await honest());
    return { result: word === "0x" ? word : `0x${(BigInt(word) + 1_000n).toString(16).padStart(64, "0")}` };
  };
  world.collector.missed = Array.from({ length: 130 }, (_, index) => asked(500n + BigInt(index)));
  await world.start();
  await until("some to be refused", () => world.log.some((line) => line.includes("too many are open")));
  expect(await world.metrics()).toContain('attestor_chain_packets{route="alpha-to-beta",state="requested"} 100');
  const { body } = await world.control("GET", "/v1/packets?state=requested&limit=1000");
  expect((body as { packets: unknown[] }).packets).toHaveLength(100);
});

test("a packet that is asked for is the business of the key that has its number, and one unknown key keeps none back", async () => {
  const { world, bridge } = scene;
  const successor = new Wallet(strangerKey).address;
  world.settings.collectors[0].poll = "100ms";
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  world.settings.routes[0].successors = [{ attestor: successor, fromSequence: Number(sequence) + 1 }];
  await world.start();
  await world.reaches(sequence, "delivered");
  let looks = 0;
  world.collector.onRequests = (attestor) => {
    if (attestor !== successor) return;
    looks += 1;
    throw new AttestorError("denied", { rule: "write-right", reason: "not this one", inputs: {} });
  };
  world.collector.missed = [asked(sequence)];
  await until("a second delivery", () => world.collector.requests.length > 1);
  expect(looks).toBeGreaterThan(0);
  expect(await world.complains(/^collector main: .*write-right/)).toContain("not this one");

  world.collector.onRequests = (attestor) => {
    world.collector.missed = attestor === successor ? [asked(sequence)] : [];
  };
  const delivered = () => world.collector.requests.length;
  await until("the answers before to be over", async () => {
    const before = delivered();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return delivered() === before;
  });
});

test("a packet that is executed is delivered again when it is asked for, and stays executed", async () => {
  const { world, bridge } = scene;
  world.settings.collectors[0].poll = "100ms";
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  const [submitted] = world.collector.requests;
  if (!submitted) throw new Error("nothing was delivered");
  await bridge.withdraw({ ...world.signer.attest(submitted), ...submitted });
  await world.reaches(sequence, "executed");
  const delivered = world.collector.requests.length;
  world.collector.missed = [asked(sequence)];
  await until("another delivery", () => world.collector.requests.length > delivered);
  expect(await world.packet(sequence)).toMatchObject({ state: "executed" });
  expect(world.signer.requests).toHaveLength(1);
});

test("a packet that an operator has not retried stays refused, however often it is asked for", async () => {
  const { world, bridge } = scene;
  world.settings.collectors[0].poll = "100ms";
  world.signer.reply = () => denial("no");
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "refused");
  world.signer.reply = undefined;
  let looks = 0;
  world.collector.missed = [asked(sequence)];
  world.collector.onRequests = () => {
    looks += 1;
  };
  await until("some looks at the requests", () => looks > 3);
  expect(await world.packet(sequence)).toMatchObject({ state: "refused" });
  expect(world.signer.requests).toHaveLength(1);
});

test("while the providers hide the event, the request waits with the reason and is shown", async () => {
  const { world } = scene;
  const { sequence } = await earlyPacket();
  world.sourceRpc.lie = ({ method }) => (method === "eth_getLogs" ? Promise.resolve({ result: [] }) : undefined);
  world.collector.missed = [asked(sequence)];
  await world.start();
  await until("the request to be listed", async () => {
    const { body } = await world.control("GET", "/v1/packets?retrying=true");
    const [found] = (body as { packets: { state: string; reason: { code: string } | null }[] }).packets;
    return found?.state === "requested" && found.reason?.code === "event_missing";
  });
  expect(await world.metrics()).toContain('attestor_chain_packets{route="alpha-to-beta",state="requested"} 1');
  world.sourceRpc.lie = undefined;
  await world.reaches(sequence, "delivered");
});
