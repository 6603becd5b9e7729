import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventData } from "../../collector/servers/publicAnswers.ts";
import { parseJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import { attestor, submission, verulinkPost } from "./attestors.ts";
import { type CollectorUnderTest, startCollectorUnderTest } from "./collectorUnderTest.ts";
import { aleoChain, packet } from "./packets.ts";

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest(undefined, { public: { followers: 3 } });
});
afterAll(() => collector.close());

const patience = { timeout: 30_000 };

interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly packet: { readonly sequence: string }; readonly status: string; readonly attestor: string };
}

/** Follows with plain fetch, as no browser is here: reads events until there are as many as wanted, then leaves. */
async function follow(query = "", headers: Record<string, string> = {}, from = collector) {
  const leave = new AbortController();
  const url = `http://127.0.0.1:${from.running().ports.public}/v1/events${query}`;
  const response = await fetch(url, { headers, signal: leave.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    response,
    async take(count: number): Promise<Received[]> {
      for (;;) {
        const blocks = text
          .split("\n\n")
          .slice(0, -1)
          .filter((block) => block.startsWith("id: "));
        if (blocks.length >= count) {
          text = "";
          return blocks.map(parse);
        }
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) throw new Error(`the stream ended after ${JSON.stringify(text)}`);
        text += value;
      }
    },
    /** Resolves once the server ends the stream. */
    async ended(): Promise<void> {
      while (!(await reader?.read())?.done);
    },
    leave: () => leave.abort(),
  };
}

function parse(block: string): Received {
  const fields = Object.fromEntries(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  return { id: fields.id ?? "", event: fields.event ?? "", data: parseJson(fields.data ?? "null") as Received["data"] };
}

const post = (sequence: number, by: number) =>
  collector.postAs(
    by,
    "/v1/attestations",
    submission(packet(sequence), "white", attestor(by), { deployment: by < 3 ? "alpha" : "beta" }),
  );

describe("following events", () => {
  it("tells of each signature as it is stored: by whom, and where the packet stands", async () => {
    const stream = await follow();
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("access-control-allow-origin")).toBe("*");
    await post(1, 0);
    const [first] = await stream.take(1);
    expect(first?.event).toBe("attestation");
    expect(first?.data).toMatchObject({
      attestor: attestor(0).address,
      status: "collecting",
      packet: { sequence: "1" },
    });
    check(eventData, first?.data, "data");
    await post(1, 1);
    expect((await stream.take(1))[0]?.data).toMatchObject({ attestor: attestor(1).address, status: "quorum" });
    stream.leave();
  });

  it("says nothing of a repetition, nor of a digest whose packet nobody knows", async () => {
    const stream = await follow();
    await post(1, 0);
    await collector.postAs(0, "/verulink/signature", verulinkPost(packet(50), "white", attestor(0)));
    await post(2, 0);
    const [next] = await stream.take(1);
    expect(next?.data.packet.sequence).toBe("2");
    stream.leave();
  });

  it("goes on behind the last event that was seen, over a restart, and from the beginning on demand", async () => {
    const all = await follow("?after=0");
    const seen = await all.take(3);
    expect(seen.map(({ data }) => data.packet.sequence)).toEqual(["1", "1", "2"]);
    await collector.restart();
    await all.ended();
    const rest = await follow("", { "last-event-id": seen[0]?.id ?? "" });
    expect((await rest.take(2)).map(({ id }) => id)).toEqual(seen.slice(1).map(({ id }) => id));
    rest.leave();
    const other = await follow("", { "last-event-id": "00000000-99" });
    expect(
      (await other.take(3)).map(({ id }) => id),
      "an id of another store",
    ).toEqual(seen.map(({ id }) => id));
    other.leave();
  });

  it("starts at the beginning for whoever has seen more than there is, as after an older copy was restored", async () => {
    const all = await follow("?after=0");
    const seen = await all.take(3);
    all.leave();
    const [store] = (seen[0]?.id ?? "").split("-");
    const ahead = await follow("", { "last-event-id": `${store}-99` });
    expect((await ahead.take(3)).map(({ id }) => id)).toEqual(seen.map(({ id }) => id));
    ahead.leave();
  });

  it("takes the filters of the list", async () => {
    const stream = await follow(`?deployment=beta&source=${aleoChain}`);
    await post(3, 0);
    await post(3, 4);
    expect((await stream.take(1))[0]?.data).toMatchObject({ attestor: attestor(4).address });
    stream.leave();
  });

  it("refuses wrong queries, and more followers than there may be, and lets others in when they leave", async () => {
    expect(await collector.read("/v1/events?after=7")).toMatchObject({ status: 400, body: { code: "invalid_field" } });
    await expect
      .poll(async () => (await collector.ops("/metrics")).text, patience)
      .toContain("attestor_collector_followers 0");
    const streams = [await follow(), await follow(), await follow()];
    const refused = await follow();
    expect(refused.response.status).toBe(503);
    expect(await refused.response.headers.get("retry-after")).toBe("10");
    streams[0]?.leave();
    await expect
      .poll(async () => (await collector.ops("/metrics")).text, patience)
      .toContain("attestor_collector_followers 2");
    const next = await follow();
    expect(next.response.status).toBe(200);
    for (const stream of [...streams, refused, next]) stream.leave();
  });

  it("ends with the service", async () => {
    const stream = await follow();
    const ended = stream.ended();
    await collector.restart();
    await ended;
  });
});

describe("one address", () => {
  it("cannot take every place: others still follow, and it gets its places back", async () => {
    const crowded = await startCollectorUnderTest(undefined, {
      public: { followers: 4, followersPerAddress: 2, proxies: ["127.0.0.1"] },
    });
    const statuses: number[] = [];
    const streams: Awaited<ReturnType<typeof follow>>[] = [];
    const from = async (address: string) => {
      const stream = await follow("", { "x-forwarded-for": address }, crowded);
      statuses.push(stream.response.status);
      if (stream.response.status === 200) streams.push(stream);
      else stream.leave();
    };
    try {
      // A household has a whole IPv6 network of 64 bits.
      for (const address of ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "::ffff:192.0.2.1"]) {
        await from(address);
      }
      expect(statuses).toEqual([200, 200, 503, 200, 200]);
      await from("192.0.2.2");
      expect(statuses.at(-1), "all places are taken").toBe(503);
      streams[0]?.leave();
      await expect
        .poll(async () => (await crowded.ops("/metrics")).text, patience)
        .toContain("attestor_collector_followers 3");
      await from("192.0.2.1");
      await from("2001:db8::4");
      expect(statuses.slice(-2)).toEqual([503, 200]);
    } finally {
      for (const stream of streams) stream.leave();
      await crowded.close();
    }
  });
});
