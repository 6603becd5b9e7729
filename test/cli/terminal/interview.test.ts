import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createInterview } from "../../../cli/terminal/interview.ts";

function interviewWith(attended: boolean, ...answers: readonly string[]) {
  const output = new PassThrough();
  const input = new PassThrough();
  let asked = "";
  const left = [...answers];
  output.on("data", (chunk: Buffer) => {
    asked += chunk.toString();
    const answer = chunk
      .toString()
      .trimEnd()
      .match(/[?:]\S*$/)
      ? left.shift()
      : undefined;
    if (answer !== undefined) setImmediate(() => input.write(`${answer}\n`));
  });
  return { interview: createInterview({ input, output, attended }), asked: () => asked };
}

describe("an interview at a terminal", () => {
  it("takes what stands on the command line without asking", async () => {
    const { interview, asked } = interviewWith(true);
    await expect(interview.value("token", "acme", "Which token?")).resolves.toBe("acme");
    expect(asked()).toBe("");
  });

  it("asks for what is missing, again after an empty answer", async () => {
    const { interview, asked } = interviewWith(true, "", " acme ");
    await expect(interview.value("token", undefined, "Which token?")).resolves.toBe("acme");
    expect(asked().split("Which token?").length).toBeGreaterThan(2);
  });

  it("gives up after three empty answers", async () => {
    const { interview } = interviewWith(true, "", "", "");
    await expect(interview.value("token", undefined, "Which token?")).rejects.toThrow("--token is missing");
  });

  it.each([
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ])("ends on %s, and says that nothing was done", async (_name, key) => {
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const input = new PassThrough();
    output.once("data", () => setImmediate(() => input.write(key)));
    const asking = createInterview({ input, output, attended: true }).agree("Really?");
    await expect(asking).rejects.toMatchObject({ code: "usage", message: "you broke off; nothing was done." });
  });

  it("goes on only when yes is typed", async () => {
    await expect(interviewWith(true, "yes").interview.agree("Really?")).resolves.toBeUndefined();
    await expect(interviewWith(true, "y").interview.agree("Really?")).rejects.toThrow("nothing was done");
  });
});

describe("an interview with nobody", () => {
  it("names the option that is missing, agrees, and tells nothing", async () => {
    const { interview, asked } = interviewWith(false);
    await expect(interview.value("token", undefined, "Which token?")).rejects.toMatchObject({ code: "usage" });
    await interview.agree("Really?");
    interview.tell("something");
    expect(asked()).toBe("");
  });
});
