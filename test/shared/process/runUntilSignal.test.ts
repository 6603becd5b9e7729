import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const script = fileURLToPath(new URL("./exampleService.ts", import.meta.url));

/** The example service as a process of its own. */
function service(...manner: string[]) {
  const child = spawn(process.execPath, [script, ...manner], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  const lines = () => output.split("\n").flatMap((line) => (line ? [JSON.parse(line) as Record<string, string>] : []));
  return {
    ended,
    output: () => output,
    /** What it logged, in order. */
    steps: () => lines().map(({ msg }) => msg),
    async until(step: string) {
      const died = ended.then(() => Promise.reject(new Error(`it ended before "${step}": ${output}`)));
      died.catch(() => {});
      while (!output.includes(`"${step}"`)) await Promise.race([once(child.stdout, "data"), died]);
    },
    signal: (name: NodeJS.Signals) => child.kill(name),
    tell: () => child.stdin.write("go\n"),
  };
}

describe("a service that runs", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("stops in order at %s and ends with 0", async (signal) => {
    const running = service();
    await running.until("started");
    running.signal(signal);
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.steps()).toEqual([
      "starting",
      "started",
      "stopping",
      "closing doors",
      "closed",
      "stopped",
      "returned",
    ]);
  });

  it("finishes what it has begun before it ends", async () => {
    const running = service("now", "on", "whenTold");
    await running.until("started");
    running.signal("SIGTERM");
    await running.until("closing doors");
    expect(running.steps()).not.toContain("closed");
    running.tell();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.steps().slice(-3)).toEqual(["closed", "stopped", "returned"]);
  });

  it("ends at once at a second signal", async () => {
    const running = service("now", "on", "never");
    await running.until("started");
    running.signal("SIGTERM");
    await running.until("closing doors");
    running.signal("SIGINT");
    expect(await running.ended).toEqual({ code: 130, signal: null });
    expect(running.steps()).not.toContain("closed");
  });

  it("ends with 1, saying so, when it cannot stop within ten seconds", async () => {
    const running = service("now", "on", "never");
    await running.until("started");
    const signalled = performance.now();
    running.signal("SIGTERM");
    expect(await running.ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - signalled).toBeGreaterThan(9_900);
    expect(running.steps().at(-1)).toBe("could not stop in order in time, ending anyway");
  });
});

describe("a service that ends by itself", () => {
  it("is stopped in order, too", async () => {
    const running = service("now", "ending");
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.steps()).toEqual(["starting", "started", "closing doors", "closed", "stopped", "returned"]);
  });

  it("for a fault is stopped in order, and the fault is thrown", async () => {
    const running = service("now", "breaking");
    expect(await running.ended).toEqual({ code: 3, signal: null });
    expect(running.steps()).toEqual([
      "starting",
      "started",
      "cannot go on, stopping",
      "closing doors",
      "closed",
      "threw Error",
    ]);
    expect(running.output()).not.toContain("s3cret");
  });
});

describe("a service that starts", () => {
  it("throws why it cannot", async () => {
    const running = service("failing");
    expect(await running.ended).toEqual({ code: 3, signal: null });
    expect(running.steps()).toEqual(["starting", "threw Error"]);
    expect(running.output()).not.toContain("s3cret");
  });

  it("and gets a signal is started to the end and stopped, so that nothing half-started is left", async () => {
    const running = service("whenTold");
    await running.until("starting");
    running.signal("SIGTERM");
    await running.until("stopping");
    running.tell();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.steps()).toEqual([
      "starting",
      "stopping",
      "started",
      "closing doors",
      "closed",
      "stopped",
      "returned",
    ]);
  });

  it("and never comes to an end goes at the second signal", async () => {
    const running = service("never");
    await running.until("starting");
    running.signal("SIGTERM");
    await running.until("stopping");
    running.signal("SIGTERM");
    expect(await running.ended).toEqual({ code: 130, signal: null });
  });
});
