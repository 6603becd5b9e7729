import { expect, test } from "vitest";
import { batched, mostTogether, Withdrawn } from "../../../chain/signerClient/batches.ts";
import type { AttestationRequest } from "../../../shared/wire/index.ts";
import { packet, verdict } from "../store/samples.ts";

const request = (sequence: number, deployment = "local"): AttestationRequest => ({
  deployment,
  packet: packet(BigInt(sequence)),
  verdict,
  sources: "single",
});

test("a route whose batches are not answered keeps no other route waiting", async () => {
  const attest = batched<string>(async (requests) => {
    if (requests[0]?.deployment === "stuck") await new Promise(() => {});
    return requests.map(({ packet: { sequence } }) => ({ status: "fulfilled", value: `${sequence}` }));
  });
  for (let sequence = 1; sequence <= 100; sequence += 1) void attest(request(sequence, "stuck"));
  expect(await Promise.all([attest(request(7)), attest(request(8))])).toEqual(["7", "8"]);
});

test("one that comes alone is sent at once; of many at once none is in two batches and no batch is too large", async () => {
  const sizes: number[] = [];
  const attest = batched<string>(async (requests) => {
    sizes.push(requests.length);
    await Promise.resolve();
    return requests.map(({ packet: { sequence } }) => ({ status: "fulfilled", value: `${sequence}` }));
  });
  await attest(request(1));
  expect(sizes).toEqual([1]);
  const sequences = Array.from({ length: 200 }, (_, index) => index);
  const answers = await Promise.all(sequences.map((sequence) => attest(request(sequence))));
  expect(answers).toEqual(sequences.map(String));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(201);
  expect(Math.max(...sizes)).toBe(mostTogether);
});

test("a batch that fails is a fault of each in it, and the next goes on", async () => {
  let fails = true;
  const attest = batched<string>(async (requests) => {
    if (fails) throw new Error("gone");
    return requests.map(() => ({ status: "fulfilled", value: "there" }));
  });
  const failed = await Promise.allSettled([attest(request(1)), attest(request(2))]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await attest(request(3))).toBe("there");
});

test("one that is not wanted any more when its turn comes is not sent", async () => {
  const sent: bigint[] = [];
  const answers: (() => void)[] = [];
  const attest = batched<string>(async (requests) => {
    sent.push(...requests.map(({ packet: { sequence } }) => sequence));
    await new Promise<void>((answer) => answers.push(answer));
    return requests.map(() => ({ status: "fulfilled", value: "there" }));
  });
  let stopped = false;
  const underWay = [1, 2, 3, 4].map((sequence) => attest(request(sequence)));
  const withdrawn = expect(attest(request(5), () => !stopped)).rejects.toBeInstanceOf(Withdrawn);
  const wanted = attest(request(6), () => true);
  stopped = true;
  for (let turn = 0; turn < 5; turn += 1) {
    for (const answer of answers.splice(0)) answer();
    await new Promise(setImmediate);
  }
  await Promise.all(underWay);
  await withdrawn;
  expect(await wanted).toBe("there");
  expect(sent).toEqual([1n, 2n, 3n, 4n, 6n]);
});
