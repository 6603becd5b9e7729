import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createLogger, describeError, type Logger } from "../../../shared/log/index.ts";

function logged(write: (logger: Logger) => void, level: "error" | "warn" | "info" | "debug" = "debug"): unknown[] {
  const lines: string[] = [];
  write(createLogger({ service: "signer", level }, { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

/** As network libraries make them: the endpoint in the message, and again in properties. */
const libraryError = Object.assign(new Error("connect to https://rpc.example/s3cret failed"), {
  code: "ECONNREFUSED",
  url: "https://rpc.example/s3cret",
  info: { requestUrl: "https://rpc.example/s3cret" },
});
const denied = new AttestorError("denied", { rule: "route", reason: "the route is unknown", inputs: {} });

describe("a log line", () => {
  it("is one JSON object with level, time, service, fields and message", () => {
    expect(logged((logger) => logger.info({ sequence: 5n, route: "a" }, "signed"))).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        service: "signer",
        sequence: 5,
        route: "a",
        msg: "signed",
      },
    ]);
  });

  it("cannot be forged by line breaks in a field", () => {
    expect(logged((logger) => logger.info({ note: 'x"}\n{"level":"error"' }, "noted"))).toHaveLength(1);
  });

  it("is written from its level up", () => {
    const all = (logger: Logger) => {
      for (const level of ["error", "warn", "info", "debug"] as const) logger[level](level);
    };
    expect(logged(all, "error")).toHaveLength(1);
    expect(logged(all, "warn")).toHaveLength(2);
    expect(logged(all, "info")).toHaveLength(3);
    expect(logged(all, "debug")).toHaveLength(4);
  });

  it("of a child carries the child's fields", () => {
    expect(logged((logger) => logger.child({ route: "a" }).child({ key: "k" }).warn({ n: 1 }, "text"))).toEqual([
      expect.objectContaining({ level: "warn", service: "signer", route: "a", key: "k", n: 1, msg: "text" }),
    ]);
  });

  it("takes its message as it is: signs like %s fetch nothing from the fields", () => {
    expect(logged((logger) => logger.info({ a: 1 }, "100 %s %o"))).toEqual([
      expect.objectContaining({ msg: "100 %s %o" }),
    ]);
  });

  it("is there even when the process exits at once", () => {
    const door = fileURLToPath(new URL("../../../shared/log/index.ts", import.meta.url));
    const script = `
      import { createLogger } from ${JSON.stringify(door)};
      const logger = createLogger({ service: "x", level: "info" });
      for (let i = 0; i < 100; i += 1) logger.info({ i }, "line");
      process.exit(0);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
    expect(output.trim().split("\n")).toHaveLength(100);
  });
});

describe("an error in a log line", () => {
  it("of ours is its code and message", () => {
    expect(describeError(denied)).toEqual({ code: "denied", message: "Denied by rule route: the route is unknown." });
    expect(logged((logger) => logger.warn({ err: denied }, "refused"))).toEqual([
      expect.objectContaining({
        err: { code: "denied", message: "Denied by rule route: the route is unknown." },
        msg: "refused",
      }),
    ]);
  });

  it("of a library is the name of its fault alone", () => {
    expect(describeError(libraryError)).toEqual({ code: "ECONNREFUSED" });
    expect(describeError(new AggregateError([libraryError], "s3cret"))).toEqual({ code: "AggregateError" });
    expect(describeError("s3cret")).toEqual({ code: "string" });
    expect(describeError(undefined)).toEqual({ code: "undefined" });
  });

  it.each<[string, (logger: Logger) => void]>([
    ["the field err", (logger) => logger.error({ err: libraryError }, "failed")],
    ["the field error", (logger) => logger.error({ error: libraryError }, "failed")],
    ["any other field", (logger) => logger.error({ cause: libraryError, reason: libraryError }, "failed")],
    ["a list", (logger) => logger.error({ errors: [libraryError, libraryError] }, "failed")],
    ["place of the fields", (logger) => logger.error(libraryError, "failed")],
    ["a child's fields", (logger) => logger.child({ err: libraryError, cause: libraryError }).error("failed")],
    ["the field err, as text", (logger) => logger.error({ err: libraryError.message }, "failed")],
    ["the field err without a message", (logger) => logger.error({ err: libraryError } as never)],
    ["place of everything", (logger) => logger.error(libraryError as never)],
  ])("loses the library's message, properties and stack in %s", (_where, write) => {
    const text = JSON.stringify(logged(write));
    expect(text).not.toMatch(/s3cret|rpc\.example|log\.test/);
    expect(text).toMatch(/"code":"(ECONNREFUSED|string)"/);
  });
});
